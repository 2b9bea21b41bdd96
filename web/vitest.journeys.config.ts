import { defineConfig } from 'vitest/config'

// Journeys share one server and one browser: they run one after another.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.journey.ts'],
    globalSetup: ['e2e/server.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
})

import { defineConfig } from 'vitest/config'

// Figures of the pages. They hang on the machine, so they are read by people and no run of tests waits for them.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.measure.ts'],
    globalSetup: ['e2e/server.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
  },
})

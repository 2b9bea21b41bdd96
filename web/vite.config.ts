import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { compressed } from './scripts/compressed.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** While pages are written: every path of the desk has the desk's document, as the program answers. */
const deskPaths: Plugin = {
  name: 'desk-paths',
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      if (request.url?.startsWith('/desk') && request.headers.accept?.includes('text/html')) request.url = '/desk.html'
      next()
    })
  },
}

// Two pages, two bundles: what the desk needs never reaches a telephone that opens the portal.
export default defineConfig({
  plugins: [vue(), deskPaths, compressed()],
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    // The content security policy lets in what the server serves, and nothing that is written into a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { portal: here('./index.html'), desk: here('./desk.html') } },
    chunkSizeWarningLimit: 1200,
    manifest: 'manifest.json',
  },
  server: {
    proxy: { '/base-map.json': process.env['QUANYU_ORIGIN'] ?? 'http://127.0.0.1:8630', '/api': process.env['QUANYU_ORIGIN'] ?? 'http://127.0.0.1:8630' },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
  },
})

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The window over a mock engine: `npx vite --config src-renderer/harness/vite.config.mjs`. Never part of the application. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  server: {
    host: '127.0.0.1',
    port: 5199,
    strictPort: true,
    fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] },
  },
  build: {
    outDir: process.env.CARPORT_HARNESS_OUT ?? join(tmpdir(), 'carport-harness'),
    emptyOutDir: true,
    target: 'es2023',
  },
  plugins: [react(), tailwindcss()],
})

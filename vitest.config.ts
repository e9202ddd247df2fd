import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The shell's tests see what it asks of Electron; Electron itself is driven by the end-to-end tests.
  resolve: { alias: { electron: resolve('src-main/shell/testing/electron.ts') } },
  test: {
    include: ['src-{main,shared,renderer}/**/*.test.{ts,tsx}'],
    environment: 'node',
    globalSetup: ['src-main/engine/commp/wasm/build.mjs'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

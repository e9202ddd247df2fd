import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src-{main,shared,renderer}/**/*.test.{ts,tsx}'],
    environment: 'node',
    globalSetup: ['src-main/engine/commp/wasm/build.mjs'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

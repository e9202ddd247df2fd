import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src-{main,shared,renderer}/**/*.test.{ts,tsx}'],
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

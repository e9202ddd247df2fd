import { defineConfig } from '@playwright/test'

/**
 * The same specs in two windows: `desktop` (Electron, or the stand-in where its binary is not installed) and `browser`
 * (the headless engine and Chromium), which also runs what looks the same in both. `node` runs the built command line and server on plain Node, without a window.
 */
const config = defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  reporter: 'list',
  outputDir: 'test-results',
  projects: [
    { name: 'node', testMatch: '**/*.node.spec.ts' },
    { name: 'browser', testMatch: ['**/*.window.spec.ts', '**/*.browser.spec.ts'] },
    { name: 'desktop', testMatch: '**/*.window.spec.ts' },
  ],
})

export default config

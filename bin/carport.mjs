#!/usr/bin/env node
// The command line on the user's own Node. In a checkout that was not built yet it builds first.
import { existsSync } from 'node:fs'
import module from 'node:module'

const entry = new URL('../out/main/cli.js', import.meta.url)

if (!existsSync(entry) && !(await buildCheckout())) {
  process.stderr.write('carport: not built yet. Run "npm install && npm run build" in the folder of Carport.\n')
  process.exit(1)
}
module.enableCompileCache?.()
await import(entry)

async function buildCheckout() {
  const bundler = new URL('../node_modules/electron-vite/package.json', import.meta.url)
  if (!existsSync(bundler)) return false
  const { build } = await import('../scripts/build.mjs')
  return build()
}

/**
 * Takes pictures of the window over the mock engine: every screen, light and dark, full, empty, failing, narrow.
 *
 *   node src-renderer/harness/look.mjs [--out FOLDER] [--only TEXT] [--axe]
 *
 * `--only shards` takes the pictures whose name contains it; `--axe` checks each for accessibility and fails on findings.
 */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { PICTURES } from './pictures.mjs'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(tmpdir(), 'carport-pictures') },
    only: { type: 'string', default: '' },
    axe: { type: 'boolean', default: false },
    built: { type: 'boolean', default: false },
  },
})
const configFile = fileURLToPath(new URL('./vite.config.mjs', import.meta.url))
if (!options.built) await build({ configFile, logLevel: 'warn' })
const server = await preview({ configFile, preview: { port: 0, host: '127.0.0.1' } })
const address = server.resolvedUrls.local[0]
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
await mkdir(options.out, { recursive: true })
let problems = 0
try {
  for (const picture of PICTURES) {
    for (const theme of picture.themes ?? ['light', 'dark']) {
      const name = `${picture.name}.${theme}`
      if (name.includes(options.only)) problems += await take(picture, theme, name)
    }
  }
} finally {
  await browser.close()
  await server.close()
}
process.exit(problems === 0 ? 0 : 1)

/** Returns the number of problems that were seen. */
async function take({ place = '', search = '', size = [1280, 800], act, wait = 500 }, theme, name) {
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] },
    colorScheme: theme,
    deviceScaleFactor: 1,
    bypassCSP: true,
  })
  const page = await context.newPage()
  const seen = []
  page.on('pageerror', (error) => seen.push(`threw: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && seen.push(`console: ${message.text()}`))
  await page.goto(`${address}?${search}#/${place}`)
  await page.waitForSelector('nav')
  await page.waitForTimeout(wait)
  if (act !== undefined) {
    try {
      await act(page)
    } catch (error) {
      seen.push(`could not act: ${error.message}`)
    }
    await page.waitForTimeout(350)
  }
  await page.screenshot({ path: join(options.out, `${name}.png`), animations: 'disabled', timeout: 90_000 })
  if (options.axe) seen.push(...(await findingsOf(page)))
  for (const problem of seen) console.error(`${name}: ${problem}`)
  await context.close()
  return seen.length
}

async function findingsOf(page) {
  const { default: AxeBuilder } = await import('@axe-core/playwright')
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return violations.map(
    ({ id, nodes }) =>
      `axe ${id}: ${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary?.split('\n')[1]?.trim()})`)
        .join(' | ')}`,
  )
}

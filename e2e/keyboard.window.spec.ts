import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { connectToRunning } from '../src-main/commands/connect-running.ts'
import type { Client } from '../src-main/commands/connection.ts'
import { chooseInMenu, pressEnterOn, tabTo } from './by-keyboard.ts'
import { type Carport, expect, test } from './carport.ts'
import { sidebar } from './sections.ts'
import { CAR, webCars } from './web-cars.ts'

/** The screens of a provider without a mouse: every step is a key, and every control is reached with Tab. */

const MINER = fileURLToPath(new URL('../src-main/engine/testing/fixtures/lotus-miner', import.meta.url))

async function goWithAlt(page: Page, digit: number, title: string): Promise<void> {
  await page.keyboard.press(`Alt+Digit${digit}`)
  await page.getByRole('heading', { name: title, level: 1, exact: true }).waitFor()
}

async function sectionDigit(page: Page, title: string): Promise<number> {
  const names = await sidebar(page).getByRole('link').allTextContents()
  return names.findIndex((name) => name.startsWith(title)) + 1
}

test('migration, the table of shards, details, find and garbage by keyboard alone', async ({ carport }) => {
  const miner = join(carport.folder, 'lotusminer')
  cpSync(MINER, miner, { recursive: true })
  const page = await carport.start()
  await sidebar(page).waitFor()
  const main = page.getByRole('main')
  const button = (name: string | RegExp) => page.getByRole('button', { name })

  await test.step('migration: plan, run, report', async () => {
    await goWithAlt(page, await sectionDigit(page, 'Migration'), 'Migration')
    await tabTo(page, page.getByRole('textbox', { name: 'lotus-miner repository' }))
    await page.keyboard.insertText(miner)
    await page.keyboard.press('Enter')
    await expect(main).toContainText('Nothing has been done yet')
    await tabTo(page, page.getByRole('grid', { name: 'Shards of the plan' }))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const why = page
      .getByRole('complementary', { name: 'Shard of the plan details' })
      .getByRole('region', { name: 'Why' })
    await expect(why).toContainText("Carport's own pieces")
    await page.keyboard.press('Escape')
    await expect(why).toHaveCount(0)

    const wide = page.viewportSize() ?? { width: 1280, height: 800 }
    await page.setViewportSize({ width: 700, height: wide.height })
    const plan = page.getByRole('grid', { name: 'Shards of the plan' })
    await expect(plan).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(plan).toBeHidden()
    await page.keyboard.press('Escape')
    await expect(plan).toBeFocused()
    await page.setViewportSize(wide)
    await pressEnterOn(page, page.getByRole('button', { name: 'Run', exact: true }))
    await expect(main).toContainText(/\d+ shards registered/)
    await pressEnterOn(page, button('Show shards'))
    await page.getByRole('heading', { name: 'Shards', level: 1 }).waitFor()
  })

  const grid = page.getByRole('grid', { name: 'Shards' })
  const details = page.getByRole('complementary')
  const currentRow = () =>
    grid.evaluate(
      (element) => document.getElementById(element.getAttribute('aria-activedescendant') ?? '')?.dataset.rowId,
    )

  await test.step('a row: its menu, its details, its CID', async () => {
    await tabTo(page, grid)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    const key = (await currentRow()) ?? ''
    expect(key).not.toBe('')
    await page.keyboard.press('Shift+F10')
    await expect(page.getByRole('menuitem', { name: 'Copy key' })).toBeVisible()
    await page.keyboard.press('Escape')
    await tabTo(page, page.getByRole('row', { name: key }).getByRole('button', { name: `Copy shard ${key}` }))
    await expect(page.getByRole('tooltip')).toHaveText(key)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('row', { name: key })).toContainText('Copied')
    await expect(details).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(grid).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(details).toContainText(key)
    await pressEnterOn(page, details.getByRole('button', { name: 'Copy shard as…' }))
    await page.getByRole('menuitem').first().press('Enter')
    await pressEnterOn(page, details.getByRole('button', { name: 'Close details' }))
    await expect(details).toHaveCount(0)
  })

  await test.step('the filter, and from it back to the rows', async () => {
    await page.keyboard.press('Control+f')
    await expect(page.getByRole('searchbox', { name: 'Search shards' })).toBeFocused()
    await page.keyboard.type('no such shard')
    await expect(main).toContainText('Nothing matches')
    await page.keyboard.press('Escape')
    await page.keyboard.press('ArrowDown')
    await expect(grid).toBeFocused()
  })

  await test.step('one cause of failures', async () => {
    const all = page.getByRole('radio', { name: 'All shards' })
    const causes = page.getByRole('radio', { name: 'Errors by cause' })
    await tabTo(page, all)
    await page.keyboard.press('ArrowRight')
    await expect(causes).toBeFocused()
    await page.keyboard.press('Space')
    await expect(causes).toBeChecked()
    await page.keyboard.press('ArrowLeft')
    await expect(all).toBeFocused()
    await page.keyboard.press('Space')
    await expect(grid).toBeVisible()
  })

  await test.step('garbage, and a CID that is found', async () => {
    await pressEnterOn(page, main.getByRole('button', { name: 'More', exact: true }))
    await chooseInMenu(page, 'Collect garbage…')
    await expect(page.getByRole('dialog', { name: 'Collect garbage' })).toContainText('There are no transients.')
    await page.keyboard.press('Escape')
    await tabTo(page, grid)
    await page.keyboard.press('Home')
    const key = (await currentRow()) ?? ''
    await page.keyboard.press('Control+k')
    await page.keyboard.insertText(key)
    await expect(page.getByRole('option').first()).toContainText(/shard/i)
    await page.keyboard.press('Enter')
    await expect(details).toContainText(key)
  })
})

test('a table of imports keeps named views, by keyboard alone', async ({ carport }) => {
  const source = join(carport.folder, 'survey.csv')
  writeFileSync(source, 'depth,temperature\n1,14\n')
  let page = await carport.start()
  await sidebar(page).waitFor()
  await goWithAlt(page, await sectionDigit(page, 'Imports'), 'Imports')
  await page.keyboard.press('Control+o')
  await tabTo(page, page.getByRole('dialog').getByRole('textbox', { name: 'Path', exact: true }))
  await page.keyboard.insertText(source)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: 'survey.csv' })).toContainText('OK')

  await page.keyboard.press('/')
  await page.keyboard.type('survey')
  await pressEnterOn(page, page.getByRole('button', { name: 'Views', exact: true }))
  await chooseInMenu(page, 'Save as a new view…')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type('Surveys')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'View: Surveys' })).toBeVisible()

  await carport.quit()
  page = await carport.start()
  await sidebar(page).waitFor()
  await goWithAlt(page, await sectionDigit(page, 'Imports'), 'Imports')
  await pressEnterOn(page, page.getByRole('button', { name: 'Views', exact: true }))
  await chooseInMenu(page, 'Surveys')
  await expect(page.getByRole('searchbox', { name: 'Search imports' })).toHaveValue('survey')
  await expect(page.getByRole('row', { name: 'survey.csv' })).toBeVisible()
})

test('transients that are real go with a receipt, and a cause of failures leads to its settings, by keyboard alone', async ({
  carport,
}) => {
  const web = await webCars()
  for (const name of ['one', 'two']) web.files.set(`/${name}.car`, CAR)
  const page = await startWithShards(carport, { one: web.urlOf('/one.car'), two: web.urlOf('/two.car') })
  await goWithAlt(page, await sectionDigit(page, 'Shards'), 'Shards')
  const main = page.getByRole('main')

  await test.step('what would go, and what went', async () => {
    await pressEnterOn(page, main.getByRole('button', { name: 'More', exact: true }))
    await chooseInMenu(page, 'Collect garbage…')
    const preview = page.getByRole('dialog', { name: 'Collect garbage' })
    await expect(preview).toContainText('2 transients can go')
    await tabTo(page, preview.getByRole('list', { name: 'What would go' }))
    await pressEnterOn(page, preview.getByRole('button', { name: /^Free / }))
    const receipt = page.getByRole('dialog', { name: '7.07 KiB freed' })
    await expect(receipt).toContainText('2 transients removed')
    await tabTo(page, receipt.getByRole('list', { name: 'What went' }))
    await pressEnterOn(page, receipt.getByRole('button', { name: 'Close', exact: true }).first())
    await expect(receipt).toHaveCount(0)
    await expect(main.getByRole('button', { name: 'More', exact: true })).toBeFocused()
  })

  await test.step('the server goes away: from the cause to the settings', async () => {
    await withShards(carport.dataDir, async ({ register, initialize }) => {
      await register({ key: 'three', url: web.urlOf('/one.car'), lazy: true })
      web.files.set('/one.car', 503)
      await initialize({ key: 'three' }).catch(() => {})
    })
    const causes = page.getByRole('radio', { name: 'Errors by cause' })
    await tabTo(page, page.getByRole('radio', { name: 'All shards' }))
    await page.keyboard.press('ArrowRight')
    await expect(causes).toBeFocused()
    await page.keyboard.press('Space')
    await expect(causes).toBeChecked()
    await pressEnterOn(page, main.getByRole('button', { name: /^Settings, for:/ }))
    await expect(page.getByRole('textbox', { name: 'Hosts' })).toBeFocused()
  })
  web.close()
})

test('the rows of a table, as CSV and as JSON, by keyboard alone', async ({ carport }) => {
  test.skip(carport.hasPaths, 'The desktop application asks where to save, with a dialog of the system.')
  const web = await webCars()
  for (const name of ['one', 'two']) web.files.set(`/${name}.car`, CAR)
  const page = await startWithShards(carport, { one: web.urlOf('/one.car'), two: web.urlOf('/two.car') })
  await goWithAlt(page, await sectionDigit(page, 'Shards'), 'Shards')
  const exportAs = async (entry: string) => {
    const saved = page.waitForEvent('download')
    await pressEnterOn(page, page.getByRole('main').getByRole('button', { name: 'View', exact: true }))
    await chooseInMenu(page, entry)
    return readFileSync(await (await saved).path(), 'utf8')
  }
  const [head, ...rows] = (await exportAs('Export 2 as CSV')).trim().split('\r\n')
  expect(head).toMatch(/^Key,State,/)
  expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
    ['one', 'Available'],
    ['two', 'Available'],
  ])
  await page.keyboard.press('Control+f')
  await page.keyboard.type('two')
  await expect(page.getByText('1 of 2')).toBeVisible()
  expect(JSON.parse(await exportAs('Export 1 as JSON'))).toMatchObject([{ key: 'two', state: 'Available' }])
  web.close()
})

/** Shards that are indexed already, whose data was copied from a web server; transients go only when they are told to. */
async function startWithShards(carport: Carport, shards: Record<string, string>): Promise<Page> {
  mkdirSync(carport.dataDir, { recursive: true })
  const settings =
    '[HttpMounts]\nCopy = true\nMaxAttempts = 1\n\n[DAGStore]\nGCInterval = "0s"\nMaxRecoverAttempts = 0\n'
  writeFileSync(join(carport.dataDir, 'config.toml'), settings)
  const page = await carport.start()
  await sidebar(page).waitFor()
  await withShards(carport.dataDir, async ({ register }) => {
    for (const [key, url] of Object.entries(shards)) await register({ key, url, lazy: false })
  })
  return page
}

async function withShards(dataDir: string, work: (shards: Client['shards']) => Promise<void>): Promise<void> {
  const connection = await connectToRunning(dataDir)
  if (connection === null) throw new Error(`No engine listens for ${dataDir}.`)
  try {
    await work(connection.client.shards)
  } finally {
    await connection.close()
  }
}

import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { chooseInMenu, pressEnterOn, tabTo } from './by-keyboard.ts'
import { expect, test } from './carport.ts'
import { sidebar } from './sections.ts'

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

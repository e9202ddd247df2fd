import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { type Carport, expect, test } from './carport.ts'
import { dropFiles } from './drop-files.ts'
import { openSection, sidebar } from './sections.ts'

/** A CAR dropped on the window: its verdict, what to do about it, and a repair. */

const fixtures = fileURLToPath(new URL('../src-main/engine/testing/fixtures/car/generated/', import.meta.url))

function car({ folder }: Carport, fixture: string, name = fixture): string {
  const path = join(folder, name)
  copyFileSync(join(fixtures, fixture), path)
  return path
}

const verdict = (page: Page) => page.getByRole('main').getByRole('heading', { level: 2 }).first()

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze()
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

test('a CAR dropped on any section is verified, and its report can be copied', async ({ carport }) => {
  const page = await carport.start()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await expect(sidebar(page)).toBeVisible()
  await dropFiles(page, page.locator('body'), [car(carport, 'rw-padding.car', 'good.car')])
  await page.getByRole('dialog').getByRole('button', { name: 'Verify this CAR' }).click()
  await expect(verdict(page)).toContainText('This CAR is good')
  const main = page.getByRole('main')
  for (const what of ['Header', 'Roots', 'Blocks', 'Completeness', 'Index', 'Padding', 'Piece CID', 'Piece CID v2'])
    await expect(main.getByText(what, { exact: true }).first()).toBeVisible()
  expect(await violations(page)).toEqual([])
  await main.getByRole('button', { name: 'Copy report' }).press('Enter')
  await expect(main.getByRole('button', { name: 'Copied' })).toBeVisible()
  await main.getByRole('button', { name: 'Layout of the file' }).click()
  await expect(main.getByText('car-multihash-index-sorted at byte 2,931')).toBeVisible()
  await main.getByRole('button', { name: 'Add as a piece…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: /^Add/ }).click()
  await expect(page.getByText(/baga6ea4/).first()).toBeVisible()
})

test('a torn, unfinalized CAR is repaired into a new file, and is then good', async ({ carport }) => {
  const torn = car(carport, 'torn-input-minus5.car', 'torn.car')
  const before = readFileSync(torn)
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await openSection(page, 'Inspect')
  await dropFiles(page, page.locator('body'), [torn])
  await expect(page.getByRole('button', { name: 'Repair…' })).toBeVisible()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Repair…' }).click()
  const dialog = page.getByRole('dialog')
  const out = join(carport.folder, 'mended.car')
  await dialog.getByLabel('Repaired copy').fill(out)
  await dialog.getByLabel('Repaired copy').press('Enter')
  await expect(verdict(page)).toContainText('This CAR is good')
  await expect(page.getByText('This is the repaired copy: what was damaged at the end is cut off')).toBeVisible()
  expect(readFileSync(torn).equals(before)).toBe(true)
  expect(existsSync(out)).toBe(true)
})

test('damage has a place, and what is no CAR is told so', async ({ carport }) => {
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await openSection(page, 'Inspect')
  await dropFiles(page, page.locator('body'), [car(carport, 'rw-mismatch.car')])
  await expect(page.getByText('BLOCK_MISMATCH, byte')).toBeVisible()
  const text = join(carport.folder, 'notes.car')
  writeFileSync(text, 'not a CAR at all')
  await dropFiles(page, page.locator('body'), [text])
  await expect(verdict(page)).toContainText('This is not a CAR that can be read')
  await expect(page.getByRole('button', { name: 'Repair…' })).toBeHidden()
  expect(await violations(page)).toEqual([])
})

test('a large CAR shows how far it is, and can be cancelled', async ({ carport }) => {
  const large = car(carport, 'rw-unfinalized.car', 'large.car')
  truncateSync(large, 3 * 2 ** 30) // zeros behind the last block, as in a piece
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await openSection(page, 'Inspect')
  await page.getByLabel('CAR to verify').fill(large)
  await page.getByLabel('CAR to verify').press('Enter')
  const main = page.getByRole('main')
  await expect(main.getByRole('progressbar')).toBeVisible()
  await main.getByRole('button', { name: 'Cancel' }).click()
  await expect(main.getByRole('progressbar')).toBeHidden()
  await expect(main.getByRole('button', { name: 'Verify', exact: true })).toBeEnabled()
})

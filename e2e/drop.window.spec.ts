import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './carport.ts'
import { dropFiles, holdFiles } from './drop-files.ts'
import { openSection, sidebar } from './sections.ts'

/** Files and folders over the window, as a person drags them. */

test('several files become several imports, and the window says so before they are dropped', async ({ carport }) => {
  const paths = ['one.bin', 'two.bin', 'three.bin'].map((name) => join(carport.folder, name))
  for (const path of paths) writeFileSync(path, randomBytes(300_000))
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  const drop = await holdFiles(page, page.locator('body'), paths)
  await expect(page.getByRole('status').filter({ hasText: /import/i })).toBeVisible()
  await drop()
  await openSection(page, 'Imports')
  for (const name of ['one.bin', 'two.bin', 'three.bin'])
    await expect(page.getByRole('row', { name })).toContainText('OK')
})

test('a folder is imported as a folder where it has a path, and otherwise refused in words', async ({ carport }) => {
  const folder = join(carport.folder, 'album')
  mkdirSync(join(folder, 'sub'), { recursive: true })
  writeFileSync(join(folder, 'sub', 'b.bin'), randomBytes(2000))
  writeFileSync(join(folder, 'a.txt'), 'a')
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await dropFiles(page, page.locator('body'), [folder])
  if (carport.hasPaths) {
    await openSection(page, 'Imports')
    await expect(page.getByRole('row', { name: 'album' })).toContainText('OK')
  } else {
    await expect(page.getByText(/album/).first()).toBeVisible()
  }
})

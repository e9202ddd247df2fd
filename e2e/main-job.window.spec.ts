import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from './carport.ts'
import { dropFiles } from './drop-files.ts'
import { rowAction } from './row-action.ts'
import { openSection } from './sections.ts'

/** What Carport is for, through the mouse: drop a file, send it, see the shard, look into it, get the file back. */

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

test('a dropped file goes to the provider and comes back, and all is there after a restart', async ({ carport }) => {
  const source = join(carport.folder, 'holiday film.bin')
  const out = join(carport.folder, 'back.bin')
  writeFileSync(source, randomBytes(9_000_001))
  let page = await carport.start()

  await test.step('drop', async () => {
    await dropFiles(page, page.locator('body'), [source])
    await openSection(page, 'Imports')
  })
  const row = page.getByRole('row', { name: basename(source) })
  await expect(row).toContainText('OK')
  await expect(row).toContainText('8.58 MiB')

  await test.step('send', async () => {
    await rowAction(page, row, 'Send to provider')
    await openSection(page, 'Deals')
    await expect(page.getByRole('row').filter({ hasText: 'Made here' })).toContainText('Active')
  })

  await test.step('shard', async () => {
    await openSection(page, 'Shards')
    const shard = page.getByRole('row').filter({ hasText: 'Available' })
    await expect(shard).toHaveCount(1)
    await rowAction(page, shard, 'Browse')
    await expect(page.getByRole('tree', { name: 'Files' }).getByRole('treeitem').first()).toBeVisible()
    const block = page.getByRole('region', { name: 'Block', exact: true })
    await expect(block).toContainText('Matches the bytes')
    await expect(block).toContainText('dag-pb')
  })

  await test.step('retrieve', async () => {
    await openSection(page, 'Imports')
    await rowAction(page, row, 'Retrieve…')
    const dialog = page.getByRole('dialog', { name: 'Retrieve' })
    await dialog.getByRole('textbox', { name: 'Destination' }).fill(out)
    await dialog.getByRole('button', { name: 'Retrieve', exact: true }).click()
    await openSection(page, 'Retrievals')
    await expect(page.getByRole('row', { name: 'back.bin' })).toContainText('Whole')
    expect(digest(out)).toBe(digest(source))
  })

  await test.step('restart', async () => {
    await carport.quit()
    page = await carport.start()
    await openSection(page, 'Imports')
    await expect(page.getByRole('row', { name: basename(source) })).toContainText('OK')
    await openSection(page, 'Deals')
    await expect(page.getByRole('row').filter({ hasText: 'Made here' })).toContainText('Active')
    await openSection(page, 'Shards')
    await expect(page.getByRole('row').filter({ hasText: 'Available' })).toHaveCount(1)
    await openSection(page, 'Retrievals')
    await expect(page.getByRole('row', { name: 'back.bin' })).toContainText('Whole')
  })
})

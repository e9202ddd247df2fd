import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './carport.ts'
import { dropFiles } from './drop-files.ts'
import { rowAction } from './row-action.ts'
import { openSection } from './sections.ts'

/** Everything that is known of a shard, through the mouse and the keyboard: its drawer, its index, and what a CID names. */

/** A file that became a shard. */
async function openWithShard(page: Page, folder: string): Promise<void> {
  const source = join(folder, 'tide tables.bin')
  writeFileSync(source, randomBytes(3_000_000))
  await dropFiles(page, page.locator('body'), [source])
  await openSection(page, 'Imports')
  const row = page.getByRole('row', { name: 'tide tables.bin' })
  await expect(row).toContainText('OK')
  await rowAction(page, row, 'Send to provider')
  await openSection(page, 'Deals')
  await expect(page.getByRole('row').filter({ hasText: 'Made here' })).toContainText('Active')
}

const paste = (page: Page, text: string) =>
  page.evaluate((pasted) => {
    const data = new DataTransfer()
    data.setData('text/plain', pasted)
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, text)

test('a shard tells its history, copies and deals, and its index is audited and made anew', async ({ carport }) => {
  const page = await carport.start()
  await openWithShard(page, carport.folder)
  await openSection(page, 'Shards')
  await page.getByRole('row').filter({ hasText: 'Available' }).click()
  const drawer = page.getByRole('complementary', { name: 'Shard details' })

  await test.step('what is known of it', async () => {
    const history = drawer.getByRole('list', { name: 'States and attempts' })
    await expect(history).toContainText('Registered')
    await expect(history).toContainText('Initialization began')
    await expect(history).toContainText(/Indexed and available · after \d/)
    const copies = drawer.getByRole('region', { name: 'Copies' })
    await expect(copies).toContainText('Unsealed copy')
    await expect(copies).toContainText('2.86 MiB')
    await expect(copies).toContainText('.full.idx')
    const use = drawer.getByRole('region', { name: 'Use' })
    await expect(use).toContainText('0 readers')
    await expect(use.getByRole('listitem')).toHaveCount(2) // the same deal, as it was made and as it was accepted
    await drawer.getByRole('button', { name: 'Copy shard as…' }).click()
    await expect(page.getByRole('menuitem', { name: 'Multihash, hex' })).toBeVisible()
    await page.keyboard.press('Escape')
  })

  const index = drawer.getByRole('region', { name: 'Index', exact: true })
  await test.step('an index that is right', async () => {
    await index.getByRole('button', { name: 'Audit' }).click()
    await expect(index).toContainText('The index fits the piece')
    await expect(index).toContainText('The bytes of every block match its CID')
  })

  await test.step('an index that somebody damaged, and Re-index by keyboard', async () => {
    const folder = join(carport.dataDir, 'dagstore', 'index')
    const name = readdirSync(folder).find((each) => each.endsWith('.full.idx')) ?? ''
    const bytes = readFileSync(join(folder, name))
    bytes[bytes.length - 1] = 0x01 // the last record leads far beyond the piece
    bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1
    writeFileSync(join(folder, name), bytes)
    await index.getByRole('button', { name: 'Audit again' }).click()
    await expect(index).toContainText('The index does not fit the piece')
    await expect(index).toContainText('1 block cannot be found')
    await expect(index.getByRole('list', { name: 'Records that differ' }).getByRole('listitem')).toHaveCount(2)
    await index.getByRole('button', { name: 'Re-index…' }).focus()
    await page.keyboard.press('Enter')
    const plan = page.getByRole('dialog', { name: 'Re-index 1 shard' })
    await expect(plan).toContainText('1to re-index')
    await plan.getByRole('button', { name: 'Re-index 1' }).focus()
    await page.keyboard.press('Enter')
    await expect(drawer.getByRole('list', { name: 'States and attempts' })).toContainText('Re-index began')
    await index.getByRole('button', { name: 'Audit' }).click()
    await expect(index).toContainText('The index fits the piece')
  })
})

test('a CID that is pasted anywhere names import, piece, shard, deal and block', async ({ carport }) => {
  const page = await carport.start()
  await openWithShard(page, carport.folder)
  const find = page.getByRole('dialog', { name: 'Find' })

  await openSection(page, 'Imports')
  await page.getByRole('row', { name: 'tide tables.bin' }).click()
  const root = await page
    .getByRole('complementary')
    .getByRole('button', { name: /^Copy root baf/ })
    .first()
    .getAttribute('aria-label')
  const rootCid = root?.split(' ').at(-1) ?? ''

  await test.step('a root', async () => {
    await paste(page, `ipfs://${rootCid}`)
    await expect(find).toContainText('Read as CIDv1')
    for (const kind of ['Imports', 'Deals', 'Blocks in shards'])
      await expect(find.getByRole('group', { name: kind })).toBeVisible()
    await page.keyboard.press('Escape')
  })

  await openSection(page, 'Shards')
  await page.getByRole('row').filter({ hasText: 'Available' }).click()
  const shard =
    (
      await page
        .getByRole('complementary')
        .getByRole('button', { name: /^Copy shard baga/ })
        .getAttribute('aria-label')
    )
      ?.split(' ')
      .at(-1) ?? ''

  await test.step('a piece, and Enter', async () => {
    await openSection(page, 'Overview')
    await paste(page, `lotus://${shard}`)
    await expect(find).toContainText('Read as Piece CID v1')
    await expect(find.getByRole('group', { name: 'Pieces' })).toBeVisible()
    await expect(find.getByRole('group', { name: 'Shards' })).toBeVisible()
    await find.getByRole('group', { name: 'Shards' }).getByRole('option').click()
    await expect(page.getByRole('complementary', { name: 'Shard details' })).toBeVisible()
  })

  await test.step('a block inside', async () => {
    await page.getByRole('complementary').getByRole('button', { name: 'Browse' }).click()
    const block = page.getByRole('region', { name: 'Block', exact: true })
    await block.getByRole('tab', { name: /^Links/ }).click()
    const leaf =
      (
        await block
          .getByRole('button', { name: /^Copy block bafk/ })
          .first()
          .getAttribute('aria-label')
      )
        ?.split(' ')
        .at(-1) ?? ''
    await openSection(page, 'Overview')
    await page.keyboard.press('Control+k')
    await page.keyboard.insertText(leaf)
    await expect(find.getByRole('group', { name: 'Imports' })).toContainText('Import that holds this block')
    const inShard = find.getByRole('group', { name: 'Blocks in shards' })
    await expect(inShard).toContainText('Available')
    await inShard.getByRole('option').click()
    await expect(page.getByRole('region', { name: 'Block', exact: true })).toContainText(leaf)
    await expect(page.getByRole('region', { name: 'Block', exact: true })).toContainText('Matches the bytes')
  })

  await test.step('a deal, and what is not here', async () => {
    await openSection(page, 'Deals')
    await paste(page, 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
    await expect(find).toContainText('Nothing here has this CID.')
    await expect(find).toContainText('Looked through 1 import and the blocks in them')
    await expect(find).toContainText('the indexes of 1 shard')
  })
})

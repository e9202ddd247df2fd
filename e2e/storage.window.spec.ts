import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './carport.ts'
import { openSection } from './sections.ts'
import { CAR, webCars } from './web-cars.ts'

/** Shards whose data lies elsewhere: the space that their copies take, and what to do when they fail. */

async function registerAt(page: Page, key: string, url: string): Promise<void> {
  await page.getByRole('button', { name: 'Register…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Register shards' })
  await dialog.getByRole('radio', { name: /address/i }).click()
  await dialog.getByRole('textbox', { name: 'Key' }).fill(key)
  await dialog.getByRole('textbox', { name: 'Address' }).fill(url)
  const now = dialog.getByRole('checkbox')
  if (await now.isChecked()) await now.click()
  await dialog.getByRole('button', { name: 'Register…', exact: true }).click()
  const planned = page.getByRole('dialog', { name: 'Register 1 shard' })
  await expect(planned).toContainText(/\dto register|No shard to register/)
  // One whose data is not there, or whose server is busy, is registered only where that is wished.
  const anyway = planned.getByRole('checkbox')
  if (await anyway.isVisible()) await anyway.click()
  await planned.getByRole('button', { name: 'Register 1' }).click()
  await expect(page.getByRole('row', { name: key })).toBeVisible()
  if (await page.getByRole('button', { name: 'Close details' }).isVisible())
    await page.getByRole('button', { name: 'Close details' }).click()
}

test('transients: gauges, a quota, a collection with its preview and its receipt', async ({ carport }) => {
  const web = await webCars()
  for (const name of ['one', 'two']) web.files.set(`/${name}.car`, CAR)
  mkdirSync(carport.dataDir, { recursive: true })
  writeFileSync(join(carport.dataDir, 'config.toml'), '[HttpMounts]\nCopy = true\n\n[DAGStore]\nGCInterval = "0s"\n')
  const page = await carport.start()
  await openSection(page, 'Shards')
  for (const name of ['one', 'two']) await registerAt(page, `shard-${name}`, web.urlOf(`/${name}.car`))
  await expect(page.getByRole('row').filter({ hasText: 'Available' })).toHaveCount(2)

  await test.step('a quota, by keyboard, with both marks', async () => {
    await openSection(page, 'Overview')
    await page.getByRole('button', { name: 'Quota…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Quota of transients' })
    await dialog.getByRole('switch', { name: 'Limit transients' }).click()
    await dialog.getByRole('textbox', { name: 'In GiB' }).fill('0.1')
    await expect(dialog.getByRole('alert')).toContainText('at least 0.5 GiB')
    await expect(dialog.getByRole('button', { name: 'Apply' })).toBeDisabled()
    await dialog.getByRole('slider', { name: 'Quota' }).focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Home')
    await expect(dialog.getByRole('textbox', { name: 'In GiB' })).toHaveValue('0.5')
    await dialog.getByRole('slider', { name: 'High watermark' }).focus()
    await page.keyboard.press('ArrowLeft')
    await dialog.getByRole('slider', { name: 'Low watermark' }).focus()
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowRight')
    await expect(dialog.getByRole('slider', { name: 'Low watermark' })).toHaveAttribute('aria-valuetext', '73 %')
    await expect(dialog).toContainText('Once it is 456 MiB (89 %)')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await expect(dialog).toHaveCount(0)
    const folders = page.getByRole('list', { name: 'Folders' })
    await expect(folders.getByRole('listitem').filter({ hasText: 'Transients' })).toContainText('of 512 MiB')
    await expect(folders.getByRole('listitem').filter({ hasText: 'Pieces' })).toContainText('free')
    expect(readFileSync(join(carport.dataDir, 'config.toml'), 'utf8')).toContain('TransientsHighWatermark = 89')
  })

  await test.step('what would go, and what went', async () => {
    await page.getByRole('button', { name: 'Collect garbage…' }).click()
    const preview = page.getByRole('dialog', { name: 'Collect garbage' })
    await expect(preview).toContainText('2 transients can go, 7.07 KiB in all')
    await expect(preview.getByRole('list', { name: 'What would go' }).getByRole('listitem')).toHaveCount(2)
    await preview.getByRole('button', { name: 'Free 7.07 KiB' }).click()
    const receipt = page.getByRole('dialog', { name: '7.07 KiB freed' })
    await expect(receipt).toContainText('2 transients removed')
    await expect(receipt.getByRole('list', { name: 'What went' })).toContainText('3.54 KiB')
    await receipt.getByRole('button', { name: 'Close', exact: true }).first().click()
    await page.getByRole('button', { name: 'Collect garbage…' }).click()
    await expect(page.getByRole('dialog', { name: 'Collect garbage' })).toContainText('There are no transients.')
    await page.keyboard.press('Escape')
  })
  web.close()
})

test('failures are gathered by their cause, and its remedy is planned first', async ({ carport }) => {
  const web = await webCars()
  web.files.set('/good.car', CAR)
  web.files.set('/junk.car', Buffer.from('this is no CAR, and never was one'.repeat(20)))
  web.files.set('/busy.car', 503)
  mkdirSync(carport.dataDir, { recursive: true })
  writeFileSync(
    join(carport.dataDir, 'config.toml'),
    '[HttpMounts]\nCopy = true\nMaxAttempts = 1\n\n[DAGStore]\nMaxRecoverAttempts = 0\n',
  )
  const page = await carport.start()
  await openSection(page, 'Shards')
  for (const [key, name] of [
    ['lost-1', 'lost'],
    ['lost-2', 'lost'],
    ['junk', 'junk'],
    ['busy', 'busy'],
    ['good', 'good'],
  ] as const)
    await registerAt(page, key, web.urlOf(`/${name}.car`))
  await expect(page.getByRole('row').filter({ hasText: 'Errored' })).toHaveCount(4)
  await page.getByRole('radio', { name: 'Errors by cause' }).click()
  const causes = page.getByRole('list', { name: 'Errors by cause' })
  const cause = (title: string) => causes.locator('> li').filter({ hasText: title })
  await expect(cause('The piece is not there')).toContainText('2 shards')
  await expect(cause('The piece is damaged or is no CAR')).toContainText('1 shard')
  await expect(cause('The place that holds the piece does not answer')).toContainText('1 shard')

  await test.step('the data comes back: a dry run, then the run, and the group is gone', async () => {
    web.files.set('/lost.car', CAR)
    await cause('The piece is not there').getByRole('button', { name: 'Recover 2…' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('button', { name: 'Recover 2' })).toBeEnabled()
    await dialog.getByRole('button', { name: 'Recover 2' }).click()
    await expect(cause('The piece is not there')).toHaveCount(0)
    await expect(causes.locator('> li')).toHaveCount(2)
  })

  await test.step('the settings that a cause is about, marked and with the focus on the first', async () => {
    await cause('does not answer').getByRole('button', { name: 'Settings, for:' }).click()
    const first = page.getByRole('listitem').filter({ hasText: 'HttpMounts.Hosts' })
    await expect(first).toHaveAttribute('aria-current', 'true')
    await expect(first.getByRole('textbox', { name: 'Hosts' })).toBeFocused()
    await expect(first).toBeInViewport({ ratio: 1 })
    await expect(page.locator('li[aria-current=true]')).toHaveCount(5)
    await openSection(page, 'Shards')
    await page.getByRole('radio', { name: 'Errors by cause' }).click()
  })

  await test.step('what cannot be mended says so before anything is done', async () => {
    await cause('does not answer').getByRole('button', { name: 'Recover 1…' }).click()
    await expect(page.getByRole('dialog')).toContainText(/503|does not answer|cannot/)
    await page.keyboard.press('Escape')
    await cause('damaged or is no CAR').getByRole('button', { name: 'Destroy 1…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /^Destroy 1/ }).click()
    await expect(cause('damaged or is no CAR')).toHaveCount(0)
  })
  web.close()
})

import { readFileSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './carport.ts'
import { ALL_SHARDS, type CarServer, registerManyShards, SHARDS } from './many-shards.ts'
import { openSection, sidebar } from './sections.ts'
import { violations } from './violations.ts'

/** Work on many shards with the mouse and the keyboard: a few hundred real ones, some broken for several causes. */

const servers: CarServer[] = []
test.afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function withManyShards(page: Page, carport: { dataDir: string; folder: string }) {
  await expect(sidebar(page)).toBeVisible()
  const made = await registerManyShards(carport.dataDir, carport.folder)
  servers.push(made.server)
  await openSection(page, 'Shards')
  await expect(chip(page, 'New')).toHaveText(`New${ALL_SHARDS}`)
  return made
}

const chip = (page: Page, name: string) =>
  page.getByLabel('Filter shards').getByRole('radio', { name: new RegExp(`^${name}`) })
const run = (page: Page, name: RegExp): Locator => page.getByRole('region', { name })
const button = (within: Page | Locator, name: RegExp | string) => within.getByRole('button', { name })
const chooseAllErrored = async (page: Page) => {
  await chip(page, 'Errored').click()
  const count = (await chip(page, 'Errored').textContent())?.replace('Errored', '')
  await expect(page.getByText(`${count} of ${ALL_SHARDS}`, { exact: true })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Choose all rows' }).click()
}
const countOf = async (within: Locator) =>
  Number(/(\d+) of \d+/.exec((await within.textContent()) ?? '')?.[1] ?? Number.NaN)

test('hundreds of shards: dry run, run, pause, resume, stop, failures by cause, retry', async ({ carport }) => {
  test.slow()
  const page = await carport.start()
  const { server } = await withManyShards(page, carport)
  const willRun = ALL_SHARDS - SHARDS.gone

  // The dry run says what would happen, and to which.
  await button(page, 'Initialize all…').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(`${willRun}to initialize`)
  await expect(dialog).toContainText(`${SHARDS.gone}skipped`)
  await button(dialog, /No source has its data/).click()
  await expect(dialog.getByRole('list', { name: 'No source has its data.' }).getByRole('listitem')).toHaveCount(
    SHARDS.gone,
  )
  expect(await violations(page)).toEqual([])
  await expect(page.getByRole('radio', { name: /^New/, includeHidden: true })).toHaveText(`New${ALL_SHARDS}`)

  // The run goes on without the window.
  await dialog.getByLabel('At once').fill('1')
  await button(dialog, `Initialize ${willRun}`).click()
  await expect(dialog).toBeHidden()
  const initializing = run(page, /^Initializing/)
  await expect(initializing.getByRole('progressbar')).toBeVisible()
  await button(initializing, 'Pause').click()
  await expect(initializing).toContainText('paused')
  await openSection(page, 'Overview')
  await expect(page.getByRole('contentinfo')).toContainText(/Initializing \d+ of/)
  await page.reload()
  await openSection(page, 'Shards')
  await expect(initializing).toContainText('paused')
  const paused = await countOf(initializing)
  await expect(chip(page, 'New')).not.toHaveText(`New${ALL_SHARDS}`)
  expect(await countOf(initializing)).toBe(paused)
  await initializing.getByLabel('At once').fill('2')
  await button(initializing, 'Resume').click()
  await expect.poll(() => countOf(initializing)).toBeGreaterThan(paused)
  await button(initializing, 'Stop').click()
  await expect(initializing).toContainText('Stopped')
  await expect(initializing).toContainText('not begun')
  await button(initializing, 'Dismiss').click()
  await expect(initializing).toBeHidden()

  // What is left, faster; what fails is gathered by cause.
  server.hurry()
  await button(page, 'Initialize all…').click()
  await dialog.getByLabel('At once').fill('16')
  await button(dialog, /^Initialize \d+/).click()
  await expect(initializing).toContainText('Initialized', { timeout: 60_000 })
  const causes = initializing.getByRole('list', { name: 'Failures by cause' })
  await expect(causes).toContainText('The piece is damaged or is no CAR')
  await expect(causes).toContainText('The place that holds the piece does not answer')
  await expect(chip(page, 'Available')).toHaveText(`Available${SHARDS.served}`)
  await expect(chip(page, 'Errored')).toHaveText(`Errored${SHARDS.refused + SHARDS.garbage}`)
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    expect(await violations(page), theme).toEqual([])
  }

  // One cause in the table; it is mended, and tried again.
  const refused = causes.getByRole('listitem').filter({ hasText: 'does not answer' })
  const count = Number(await refused.locator('span').first().textContent())
  await button(refused, 'Show in table').click()
  await expect(chip(page, 'Failed: Initialize')).toHaveText(`Failed: Initialize${count}`)
  server.mend()
  await button(refused, /^Recover \d/).click()
  await expect(dialog).toContainText(`${count}to recover`)
  await button(dialog, `Recover ${count}`).click()
  const recovering = run(page, /^Recovering/)
  await expect(recovering).toContainText(count === 1 ? 'Recovered 1 shard' : `Recovered ${count} shards`)
  await expect(chip(page, 'Available')).toHaveText(`Available${SHARDS.served + count}`)
  await button(recovering, 'Dismiss').click()

  // Those that failed before the stop are still there, and are recovered with all others that failed.
  await chooseAllErrored(page)
  await button(page.getByRole('toolbar'), /^Recover/).click()
  await button(dialog, /^Recover \d/).click()
  await expect(recovering).toContainText(`${SHARDS.garbage} failed`)
  await expect(recovering).toContainText('Recovered')
  await expect(chip(page, 'Available')).toHaveText(`Available${SHARDS.served + SHARDS.refused}`)
  await expect(chip(page, 'Errored')).toHaveText(`Errored${SHARDS.garbage}`)

  // What cannot be mended is destroyed, after a question.
  await chooseAllErrored(page)
  await button(page.getByRole('toolbar'), 'Destroy…').click()
  await expect(dialog).toContainText('The pieces themselves stay where they are')
  await expect(button(dialog, `Destroy ${SHARDS.garbage}`)).toBeDisabled()
  await dialog.getByLabel(/Type “destroy”/).fill('destroy')
  await button(dialog, `Destroy ${SHARDS.garbage}`).click()
  await expect(chip(page, 'Errored')).toHaveText('Errored0')
  await expect(chip(page, 'All')).toHaveText(`All${ALL_SHARDS - SHARDS.garbage}`)
})

test('the choice, the search, views and files, by keyboard too', async ({ carport }) => {
  let page = await carport.start()
  const { cars } = await withManyShards(page, carport)
  const grid = page.getByRole('grid', { name: 'Shards' })
  const bar = page.getByRole('toolbar', { name: 'Chosen rows' })

  // A range by keyboard; it stays when the order and the filter change.
  await grid.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(bar).toContainText('3 chosen')
  await button(grid, 'Key').click()
  await button(grid, 'Key').click()
  await expect(bar).toContainText('3 chosen')
  await page.getByRole('searchbox', { name: 'Search shards' }).fill('no such thing')
  await expect(bar).toContainText('3 chosen, none shown')
  await button(page, 'Show everything').click()
  await grid.focus()
  await page.keyboard.press('Control+a')
  await expect(bar).toContainText(`${ALL_SHARDS} chosen`)
  await page.keyboard.press('Delete')
  await expect(page.getByRole('dialog')).toContainText(`Destroy ${ALL_SHARDS} shards?`)
  await page.keyboard.press('Escape')
  await grid.focus()
  await page.keyboard.press('Escape')
  await expect(bar).toBeHidden()

  // A CID of a block finds the shard that holds it.
  const [car] = cars
  if (car === undefined) throw new Error('There are no cars.')
  const row = page.getByRole('row', { name: car.key })
  await page.getByRole('searchbox', { name: 'Search shards' }).fill(car.key)
  await row.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Initialize…' }).click()
  const single = page.getByRole('dialog', { name: 'Initialize 1 shard' })
  await expect(single).toContainText('1to initialize')
  await expect(single).toContainText('Nothing has been done yet.')
  await button(single, 'Initialize 1').click()
  await expect(row).toContainText('Available')
  await page.getByRole('searchbox', { name: 'Search shards' }).fill(car.cid(1).toString())
  await expect(page.getByText(`1 of ${ALL_SHARDS}`)).toBeVisible()
  await expect(row).toBeVisible()

  // A view is kept by the engine: the next start opens another browser, which knows nothing of it.
  await page.getByRole('searchbox', { name: 'Search shards' }).fill('garbage')
  await button(grid, 'Piece').click()
  await button(page, 'Views').click()
  await page.getByRole('menuitem', { name: 'Save as a new view…' }).click()
  await page.getByLabel('Name').fill('Only garbage')
  await page.keyboard.press('Enter')
  await expect(button(page, 'View: Only garbage')).toBeVisible()
  await carport.quit()
  page = await carport.start()
  await openSection(page, 'Shards')
  await button(page, 'Views').click()
  await page.getByRole('menuitemcheckbox', { name: 'Only garbage' }).click()
  await expect(page.getByText(`${SHARDS.garbage} of ${ALL_SHARDS}`)).toBeVisible()
  await expect(page.getByRole('columnheader', { name: 'Piece' })).toHaveAttribute('aria-sort', 'descending')
})

test('the rows that are shown, as a file', async ({ carport }) => {
  test.skip(carport.hasPaths, 'The desktop application asks where to save, with a dialog of the system.')
  const page = await carport.start()
  await withManyShards(page, carport)
  await page.getByRole('searchbox', { name: 'Search shards' }).fill('garbage')
  await button(page, 'View').last().click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: `Export ${SHARDS.garbage} as CSV` }).click()
  const lines = readFileSync(await (await saved).path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(SHARDS.garbage + 1)
  expect(lines[0]).toBe('Key,State,Error,Piece (bytes),Index (bytes),Transient,Readers,Mount,Mount address,Lazy')
  expect(lines[1]).toMatch(/^garbage-\d+\.car,New,/)
})

test('hundreds of shards by keyboard alone', async ({ carport }) => {
  const page = await carport.start()
  await withManyShards(page, carport)
  const more = page.getByRole('main').getByRole('button', { name: 'More', exact: true })
  await more.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Pause all bulk work' }).press('Enter')
  await expect(page.getByText('All work over many shards is paused.')).toBeVisible()
  await button(page, 'Initialize all…').focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(button(dialog, /^Initialize \d/)).toBeEnabled()
  await dialog.getByLabel('At once').focus()
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const initializing = run(page, /^Initializing/)
  await expect(initializing).toContainText('waiting: all bulk work is paused')
  await expect(initializing.getByLabel('At once')).toHaveValue('1')
  await button(page, 'Resume all').focus()
  await page.keyboard.press('Enter')
  await expect(button(page, 'Resume all')).toBeHidden()
  await button(initializing, 'Pause').focus()
  await page.keyboard.press('Enter')
  await expect(initializing).toContainText('paus')
  await button(initializing, 'Stop').focus()
  await page.keyboard.press('Space')
  await expect(initializing).toContainText('Stopped')
})

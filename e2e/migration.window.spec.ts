import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from './carport.ts'
import { openSection } from './sections.ts'

/** A lotus-miner repository and one of a Lotus client are taken over: plan, run, report, and again. They stay untouched. */

const FIXTURES = fileURLToPath(new URL('../src-main/engine/testing/fixtures/', import.meta.url))
const expected = JSON.parse(readFileSync(join(FIXTURES, 'lotus-miner', 'expected.json'), 'utf8')) as {
  shards: unknown[]
  deals: unknown[]
}

/** Every file with its size, times and content. */
function stateOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const path = join(folder, name)
    const { size, mtimeMs } = statSync(path)
    hash.update(`${name} ${size} ${mtimeMs}\n`)
    if (statSync(path).isFile()) hash.update(readFileSync(path))
  }
  return hash.digest('hex')
}

test('Lotus repositories are planned, taken over and reported, twice, and never written to', async ({ carport }) => {
  const miner = join(carport.folder, 'lotusminer')
  const client = join(carport.folder, 'lotus')
  cpSync(join(FIXTURES, 'lotus-miner'), miner, { recursive: true })
  cpSync(join(FIXTURES, 'lotus-client'), client, { recursive: true })
  const before = [stateOf(miner), stateOf(client)]
  const page = await carport.start()
  await openSection(page, 'Migration')
  await expect(page.getByRole('main')).toContainText('Nothing in these repositories is ever changed')

  const plan = async () => {
    await page.getByRole('textbox', { name: 'lotus-miner repository' }).fill(miner)
    await page.getByRole('textbox', { name: 'Lotus repository', exact: true }).fill(client)
    await page.getByRole('button', { name: 'Plan' }).click()
    await expect(page.getByRole('main')).toContainText('Nothing has been done yet')
  }

  await test.step('the plan, with what is left out and why', async () => {
    await plan()
    await expect(page.getByRole('main')).toContainText(`${expected.shards.length} shards will be registered`)
    await expect(page.getByRole('main')).toContainText('Read-only')
    await page.getByRole('radio', { name: /^Deals/ }).click()
    await expect(page.getByRole('main')).toContainText(`${expected.deals.length} rows`)
    await expect(page.getByRole('row').filter({ hasText: 'Left out' }).first()).toBeVisible()
  })

  await test.step('the run and its report', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect(page.getByRole('main')).toContainText(`${expected.shards.length} shards registered`)
    await page.getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('region', { name: 'Earlier migrations' })).toContainText('Done')
  })

  await test.step('again: everything is there already', async () => {
    await plan()
    await expect(page.getByRole('main')).toContainText(/There is nothing to take over|are there already/)
    await page.getByRole('button', { name: 'Back' }).click()
  })

  await test.step('the shards are listed and the repositories as they were', async () => {
    await openSection(page, 'Shards')
    await expect(page.getByRole('main')).toContainText(`${expected.shards.length} rows`)
    await carport.quit()
    expect([stateOf(miner), stateOf(client)]).toEqual(before)
  })
})

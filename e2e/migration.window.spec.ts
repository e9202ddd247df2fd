import { readFileSync } from 'node:fs'
import { fixture } from '../src-main/engine/testing/fixtures.ts'
import { LotusRepositories, treeOf } from '../src-main/engine/testing/lotus-repositories.ts'
import { expect, test } from './carport.ts'
import { openSection } from './sections.ts'

/** A lotus-miner repository and one of a Lotus client are taken over: plan, run, report, and again. They stay untouched. */

const expected = JSON.parse(readFileSync(fixture('lotus-miner/expected.json'), 'utf8')) as {
  shards: string[]
  deals: unknown[]
  pieces: Array<{ pieceCid: string; fetch: string }>
}
const unreadable = expected.shards.filter(
  (key) => !expected.pieces.some(({ pieceCid, fetch }) => pieceCid === key && fetch.startsWith('unsealed')),
)

test('Lotus repositories are planned, taken over and reported, twice, and never written to', async ({ carport }) => {
  const repositories = await LotusRepositories.create()
  const miner = await repositories.miner()
  const client = await repositories.client()
  const before = [await treeOf(miner), await treeOf(client)]
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
    await expect(page.getByRole('main')).toContainText(`${unreadable.length} of which cannot be read yet`)
    await page.getByRole('radio', { name: /^Cannot be read yet/ }).click()
    const sealed = page.getByRole('row').filter({ hasText: 'Sealed only' }).first()
    await expect(sealed).toContainText("Lotus' storage has sector")
    await page.getByRole('radio', { name: /^Deals/ }).click()
    await expect(page.getByRole('main')).toContainText(`${expected.deals.length} rows`)
    await expect(page.getByRole('row').filter({ hasText: 'Left out' }).first()).toBeVisible()
    await page.getByRole('radio', { name: /^Cannot be read yet/ }).click()
    await expect(page.getByRole('row').filter({ hasText: 'Becomes a shard' }).first()).toContainText(
      "Carport's own pieces",
    )
  })

  await test.step('the run and its report', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect(page.getByRole('main')).toContainText(
      `${expected.shards.length} shards registered, ${unreadable.length} of which cannot be read yet`,
    )
    await page.getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('region', { name: 'Earlier migrations' })).toContainText('Done')
    await expect(page.getByRole('region', { name: 'Earlier migrations' })).toContainText(
      `${unreadable.length} of which cannot be read yet`,
    )
  })

  await test.step('again: everything is there already', async () => {
    await plan()
    await expect(page.getByRole('main')).toContainText(/There is nothing to take over|are there already/)
    await page.getByRole('button', { name: 'Back' }).click()
  })

  await test.step('the shards are listed and the repositories as they were', async () => {
    await openSection(page, 'Shards')
    await expect(page.getByRole('main')).toContainText(`${expected.shards.length} rows`)
    await page.getByRole('row').filter({ hasText: 'New' }).first().click()
    const details = page.getByRole('complementary')
    await expect(details.getByRole('list', { name: 'Deals in Lotus' }).getByRole('listitem')).not.toHaveCount(0)
    await openSection(page, 'Pieces')
    await page.getByRole('row').filter({ hasText: 'Unsealed' }).first().click()
    await expect(details.getByRole('list', { name: 'Deals in Lotus' })).toContainText(/Active|Sealing|Staged|Proving/)
    await carport.quit()
    expect([await treeOf(miner), await treeOf(client)]).toEqual(before)
    await repositories.remove()
  })
})

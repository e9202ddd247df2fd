import { connectToRunning } from '../src-main/commands/connect-running.ts'
import { expect, test } from './carport.ts'
import { openSection, sidebar } from './sections.ts'

const SHARDS = 1500
/** Long addresses make long rows: all of them are more than a window is sent before it says that it has read. */
const URL_LENGTH = 4000
const HUNG_MS = 4000

test('a window that hangs is not sent more and more, and shows what is true when it goes on', async ({ carport }) => {
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await openSection(page, 'Shards')
  const connection = await connectToRunning(carport.dataDir)
  if (connection === null) throw new Error('There is no engine.')
  const { shards } = connection.client
  const keys = Array.from({ length: SHARDS }, (_, at) => `shard ${String(at).padStart(3, '0')}`)
  const register = (key: string, letter: string) =>
    shards.register({ key, url: `bytes://${letter.repeat(URL_LENGTH)}`, lazy: true })
  const chip = page.getByLabel('Filter shards').getByRole('radio', { name: /^New/ })
  await Promise.all(keys.map((key) => register(key, 'A')))
  await expect(chip).toHaveText(`New${SHARDS.toLocaleString('en')}`)

  const hung = page.evaluate((ms) => {
    for (const until = Date.now() + ms; Date.now() < until; );
  }, HUNG_MS)
  for (const letter of ['B', 'C', 'D']) {
    await Promise.all(keys.map((key) => shards.destroy({ key })))
    await Promise.all(keys.map((key) => register(key, letter)))
  }
  await Promise.all(keys.slice(100).map((key) => shards.destroy({ key })))
  await hung
  await expect(chip).toHaveText('New100')
  await page.getByRole('searchbox', { name: 'Search shards' }).fill('shard 042')
  await page.getByRole('row', { name: /shard 042/ }).click()
  await expect(page.getByText('bytes://DDDD').first()).toBeAttached()
  await connection.close()
})

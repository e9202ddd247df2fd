import { expect, test } from './carport.ts'
import { openSection, sidebar } from './sections.ts'

/** What an open window shows while its engine is stopped or gone, and afterwards. */

test('an engine that hangs is seen, and one that was killed is found again by an open window', async ({ carport }) => {
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  await openSection(page, 'Shards')
  const foot = page.getByRole('contentinfo')
  const alert = page.getByRole('alert')
  await expect(foot).toContainText('Engine OK')

  carport.signal('SIGSTOP')
  await expect(alert).toContainText('The engine has not answered since', { timeout: 30_000 })
  await expect(foot).toContainText('Engine silent')
  carport.signal('SIGCONT')
  await expect(foot).toContainText('Engine OK')
  await expect(alert).toBeHidden()

  await carport.killAndRestart()
  await expect(foot).toContainText('Engine OK', { timeout: 30_000 })
  await page.getByRole('button', { name: 'Register…' }).click()
  await page.getByRole('radio', { name: /A CAR at an address/ }).click()
  await page.getByRole('textbox', { name: 'Key' }).fill('found-again')
  await page.getByRole('textbox', { name: 'Address' }).fill('file:///nowhere.car')
  await page.getByRole('dialog').getByRole('button', { name: 'Register…' }).click()
  await expect(page.getByRole('dialog')).toContainText('No source has its data.')
})

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './carport.ts'
import { dropFiles } from './drop-files.ts'
import { rowAction } from './row-action.ts'
import { openSection, SECTIONS, sidebar } from './sections.ts'
import { violations } from './violations.ts'

/** Every section, with something in it, in both themes, by the rules of WCAG 2.1 A and AA that a program can check. */

for (const theme of ['light', 'dark'] as const) {
  test(`every section can be used by everybody, ${theme}`, async ({ carport }) => {
    const path = join(carport.folder, 'file.bin')
    writeFileSync(path, randomBytes(400_000))
    const page = await carport.start()
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await expect(sidebar(page)).toBeVisible()
    await dropFiles(page, page.locator('body'), [path])
    await openSection(page, 'Imports')
    const row = page.getByRole('row', { name: 'file.bin' })
    await expect(row).toContainText('OK')
    await rowAction(page, row, 'Send to provider')
    for (const name of SECTIONS) {
      await openSection(page, name)
      await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toHaveText(name)
      expect(await violations(page), `${name}, ${theme}`).toEqual([])
    }
  })
}

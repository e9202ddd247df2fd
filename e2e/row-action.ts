import { expect, type Locator, type Page } from '@playwright/test'

/** Does what a button of a row does: in the row under the mouse, or in the details beside the table where those are open. */
export async function rowAction(page: Page, row: Locator, name: string): Promise<void> {
  await row.hover()
  const details = page.getByRole('complementary')
  const button = row.getByRole('button', { name }).or(details.getByRole('button', { name })).filter({ visible: true })
  await expect(button).toHaveCount(1)
  await button.click()
}

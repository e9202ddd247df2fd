import { expect, type Locator, type Page } from '@playwright/test'

const MOST_STOPS = 150

/** Goes to an element as a person without a mouse would: Tab until it has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${target} cannot be reached with Tab.`)
}

/** Tab to a button, and Enter. */
export async function pressEnterOn(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/** In the menu that just opened: down to an entry, and Enter. */
export async function chooseInMenu(page: Page, name: string): Promise<void> {
  const menu = page.getByRole('menu')
  const entry = menu.locator('[role^=menuitem]').filter({ hasText: name })
  await entry.waitFor()
  await expect.poll(() => menu.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  await page.keyboard.press('Home') // what came into the menu after it opened may be above what has the focus
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if (await entry.evaluate((element) => element === document.activeElement)) return page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`The menu has no way down to ${name}.`)
}

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** What a program can find against the rules of WCAG 2.1 A and AA. */
export async function violations(page: Page): Promise<string[]> {
  await transitionsEnd(page)
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze()
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** A colour on its way to another has a contrast that nobody sees. What turns for ever is not waited for. */
async function transitionsEnd(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })
}

import type { Page } from '@playwright/test'

export const SECTIONS = [
  'Overview',
  'Imports',
  'Deals',
  'Retrievals',
  'Shards',
  'Pieces',
  'Migration',
  'Transfers',
  'Inspect',
  'Activity',
  'Settings',
] as const

/** Where the sections of the window are chosen. */
export const sidebar = (page: Page) => page.getByRole('navigation', { name: 'Sections' })

/** Resolves when the section is there: until then the one before still is, perhaps with rows of the same names. */
export async function openSection(page: Page, name: (typeof SECTIONS)[number]): Promise<void> {
  await sidebar(page).getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
}

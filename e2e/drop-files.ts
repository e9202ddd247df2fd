import type { Locator, Page } from '@playwright/test'

/** Drops files or folders of this machine on an element, as the mouse would: the page gets real files, with real paths. */
export async function dropFiles(page: Page, target: Locator, files: string[]): Promise<void> {
  const drop = await holdFiles(page, target, files)
  await drop()
}

/** Holds files over an element; gives the function that lets them go. */
export async function holdFiles(page: Page, target: Locator, files: string[]): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  const box = await target.boundingBox()
  if (box === null) throw new Error('What files are dropped on is not visible.')
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  const send = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, ...place, data: { items: [], files, dragOperationsMask: 1 } })
  await send('dragEnter')
  await send('dragOver')
  return async () => {
    await send('drop')
    await session.detach()
  }
}

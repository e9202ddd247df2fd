import type { Locator, Page } from '@playwright/test'

/** Drops files or folders of this machine on an element, as the mouse would: the page gets real files, with real paths. */
export async function dropFiles(page: Page, target: Locator, files: string[]): Promise<void> {
  const drag = await dragFiles(page, target, files)
  await drag.drop()
}

/** Holds files over an element; `drop` lets them go, `leave` takes them away again. */
export async function dragFiles(page: Page, target: Locator, files: string[]) {
  const session = await page.context().newCDPSession(page)
  const box = await target.boundingBox()
  if (box === null) throw new Error('What files are dropped on is not visible.')
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  const data = { items: [], files, dragOperationsMask: 1 }
  const send = (type: 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel') =>
    session.send('Input.dispatchDragEvent', { type, ...place, data })
  await send('dragEnter')
  await send('dragOver')
  const end = async (type: 'drop' | 'dragCancel') => {
    await send(type)
    await session.detach()
  }
  return { drop: () => end('drop'), leave: () => end('dragCancel') }
}

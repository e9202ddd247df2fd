import type { IpcMainEvent } from 'electron'
import { isOwnPage } from './own-page.ts'

/** Whether a message comes from the top frame of our own page: not from a frame in it, not from another page. */
export function isTrustedSender({ sender, senderFrame }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url)
}

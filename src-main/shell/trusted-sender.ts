import type { IpcMainEvent } from 'electron'
import { APP_ORIGIN } from './app-protocol.ts'

/** Whether a message comes from the top frame of our own page: not from a frame in it, not from another page. */
export function isTrustedSender({ sender, senderFrame }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url)
}

export function isOwnPage(url: string): boolean {
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`)
}

/** More than this not yet read by the page holds the sender back; as over a WebSocket. */
export const MOST_UNREAD_LENGTH = 4 << 20

/**
 * What was sent to a page and is not known to be read. Electron takes whatever it is given and keeps it, without end
 * where a page hangs; who sends a stream of events waits for `sent`, and asks for no more of them meanwhile.
 */
export class HeldBackPage {
  readonly #unread: Array<{ number: number; length: number }> = []
  #unreadLength = 0
  #held: Array<() => void> = []

  /** Resolves when more may be sent. `number` is larger than those before. */
  sent(number: number, length: number): Promise<void> {
    this.#unread.push({ number, length })
    this.#unreadLength += length
    if (this.#unreadLength <= MOST_UNREAD_LENGTH) return Promise.resolve()
    return new Promise((resolve) => this.#held.push(resolve))
  }

  /** The page has read everything up to this number; what it never got, while it was loaded, counts as read, too. */
  read(number: number): void {
    const known = this.#unread.findIndex((message) => message.number > number)
    for (const { length } of this.#unread.splice(0, known < 0 ? this.#unread.length : known))
      this.#unreadLength -= length
    if (this.#unreadLength <= MOST_UNREAD_LENGTH) this.letGo()
  }

  /** Nobody is held back any more. */
  letGo(): void {
    for (const resolve of this.#held.splice(0)) resolve()
  }
}

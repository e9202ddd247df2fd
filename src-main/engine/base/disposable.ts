/** Something to be ended once. Ending twice is allowed and does nothing. */
export interface Disposable {
  dispose(): void
}

export function disposable(end: () => void): Disposable {
  let ended = false
  return {
    dispose() {
      if (ended) return
      ended = true
      end()
    },
  }
}

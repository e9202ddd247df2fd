/** Lets the event loop go round once: messages, timers and requests of others get their turn in the middle of long work. */
export function othersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

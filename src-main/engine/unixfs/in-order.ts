/**
 * Runs `start` on items, at most `concurrency` at once, and gives the results in the order of the items. Items are
 * pulled only when there is room. When the consumer stops or anything fails, `stop` is called and what is under way is
 * awaited, so that nothing of it outlives the loop.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  concurrency: number,
  start: (item: Item) => Promise<Result>,
  stop: () => void = () => {},
): AsyncGenerator<{ item: Item; result: Result }, void, void> {
  const underWay: Array<{ item: Item; result: Promise<Result> }> = []
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let ended = false
  try {
    while (true) {
      while (!ended && underWay.length < concurrency) {
        const next = await source.next()
        if (next.done === true) ended = true
        else {
          const result = start(next.value)
          result.catch(() => {}) // seen below, when its turn comes
          underWay.push({ item: next.value, result })
        }
      }
      const head = underWay.shift()
      if (head === undefined) return
      yield { item: head.item, result: await head.result }
    }
  } finally {
    if (!ended || underWay.length > 0) stop()
    await Promise.allSettled(underWay.map((entry) => entry.result))
    if (!ended) await source.return?.()
  }
}

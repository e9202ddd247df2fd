// Runs in the page that is measured.
globalThis.bench = {
  /** What can be seen of the table: how many rows it has, how they are sorted, and which come first. */
  shown() {
    const grid = document.querySelector('[role=grid]')
    const rows = [...(grid?.querySelectorAll('[data-row-id]') ?? [])].slice(0, 3)
    const sorted = grid?.querySelector('[aria-sort]')
    const sorting = `${sorted?.textContent} ${sorted?.getAttribute('aria-sort')}`
    return [grid?.getAttribute('aria-rowcount'), sorting, ...rows.map((row) => row.getAttribute('data-row-id'))].join(
      ' ',
    )
  },

  /** Milliseconds from the next event of `type` until the table that it changed has been painted. */
  untilPainted(type) {
    const before = bench.shown()
    return new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`The table did not change: ${before}`)), 10_000)
      addEventListener(
        type,
        ({ timeStamp }) => {
          const look = () => {
            if (bench.shown() === before) return requestAnimationFrame(look)
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => resolve(performance.now() - timeStamp) // the first task after the frame
            port2.postMessage(null)
          }
          requestAnimationFrame(look)
        },
        { capture: true, once: true },
      )
    })
  },

  /** Begins to note the times of frames; the function that it gives ends that. */
  frames() {
    const times = []
    let on = true
    const note = (now) => {
      times.push(now)
      if (on) requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
    return () => {
      on = false
      return times
    }
  },

  /** Rows under a line through the middle of the table, and where they begin. */
  inView() {
    const grid = document.querySelector('[role=grid]')
    const box = grid.getBoundingClientRect()
    return [...grid.querySelectorAll('[data-row-id]')]
      .map((row) => ({ id: row.getAttribute('data-row-id'), top: row.getBoundingClientRect().top }))
      .filter(({ top }) => top >= box.top && top <= box.bottom)
      .map(({ id, top }) => `${id}@${Math.round(top)}`)
      .sort()
      .join(' ')
  },
}

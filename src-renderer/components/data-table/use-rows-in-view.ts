import { type RefObject, useLayoutEffect, useState } from 'react'
import { flushSync } from 'react-dom'

interface RowsInView {
  /** Position of the first row that must exist, and of the one after the last. */
  from: number
  to: number
  /** Scrolls as little as is needed to show the row. */
  reveal: (index: number) => void
}

const OVERSCAN = 8

/**
 * Which of `count` rows can be seen, with some on either side. All rows have one height, so nothing is measured and
 * nothing is kept per row. `headerPx` of the top of the scroller are always covered, `footPx` of its bottom while
 * something lies over it.
 */
export function useRowsInView(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  heightPx: number,
  headerPx: number,
  footPx: number,
): RowsInView {
  const [view, setView] = useState({ first: 0, rows: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const look = () => {
      const first = Math.floor(element.scrollTop / heightPx)
      const rows = Math.ceil((element.clientHeight - headerPx) / heightPx) + 1
      setView((known) => (known.first === first && known.rows === rows ? known : { first, rows }))
    }
    // In the same frame: rows that came later would leave a gap that can be seen.
    const onScroll = () => flushSync(look)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    look()
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [scroller, heightPx, headerPx])

  // Fewer rows than before: the scroller is only told so when they have been laid out.
  const first = Math.max(0, Math.min(view.first, count - view.rows))
  return {
    from: Math.max(0, first - OVERSCAN),
    to: view.rows === 0 ? 0 : Math.min(count, first + view.rows + OVERSCAN),
    reveal: (index) => {
      const element = scroller.current
      if (element === null) return
      const top = index * heightPx
      const room = element.clientHeight - headerPx - footPx
      if (top < element.scrollTop) element.scrollTop = top
      else if (top + heightPx > element.scrollTop + room) element.scrollTop = top + heightPx - room
    },
  }
}

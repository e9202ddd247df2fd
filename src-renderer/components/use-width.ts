import { type RefObject, useLayoutEffect, useState } from 'react'

/** Width of an element in pixels, 0 before it is laid out. The element may come and go while its component stays. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  const [element, setElement] = useState<HTMLElement | null>(null)
  useLayoutEffect(() => setElement(ref.current))
  useLayoutEffect(() => {
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)))
    observer.observe(element)
    setWidth(Math.round(element.clientWidth))
    return () => observer.disconnect()
  }, [element])
  return width
}

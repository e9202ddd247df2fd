import { type RefObject, useEffect, useState } from 'react'

const STILL_MS = 1500
const TOP_PX = 4

/**
 * Whether the rows must not move: the list is scrolled, or the pointer is moving over it. A pointer that rests, or that
 * left, holds nothing back.
 */
export function useHeld(scroller: RefObject<HTMLElement | null>): boolean {
  const [pointing, setPointing] = useState(false)
  const [scrolled, setScrolled] = useState(false)
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    let still: ReturnType<typeof setTimeout> | undefined
    const onMove = () => {
      setPointing(true)
      clearTimeout(still)
      still = setTimeout(() => setPointing(false), STILL_MS)
    }
    const onLeave = () => {
      clearTimeout(still)
      setPointing(false)
    }
    const onScroll = () => setScrolled(element.scrollTop > TOP_PX)
    element.addEventListener('pointermove', onMove, { passive: true })
    element.addEventListener('pointerleave', onLeave)
    // Before the rows are made: to ask afterwards would lay them out twice.
    element.addEventListener('scroll', onScroll, { passive: true, capture: true })
    return () => {
      clearTimeout(still)
      element.removeEventListener('pointermove', onMove)
      element.removeEventListener('pointerleave', onLeave)
      element.removeEventListener('scroll', onScroll, { capture: true })
    }
  }, [scroller])
  return pointing || scrolled
}

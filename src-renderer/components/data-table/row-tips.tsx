import { Tooltip as Radix } from 'radix-ui'
import { type RefObject, useEffect, useState } from 'react'
import { TOOLTIP_DELAY_MS, TOOLTIP_SKIP_MS, TooltipPanel } from '../tooltip.tsx'

interface Shown {
  text: string
  code: boolean
  box: DOMRect
}

/** The tooltip of whatever cell is pointed at or focused: one for the table, found by `data-tip`. */
export function RowTips({ scroller }: { scroller: RefObject<HTMLElement | null> }) {
  const [shown, setShown] = useState<Shown | null>(null)
  useEffect(() => {
    const element = scroller.current
    return element === null ? undefined : followTips(element, setShown)
  }, [scroller])
  if (shown === null) return null
  const { left, top, width, height } = shown.box
  return (
    <Radix.Root open>
      <Radix.Trigger asChild>
        <span aria-hidden className="pointer-events-none fixed" style={{ left, top, width, height }} />
      </Radix.Trigger>
      <TooltipPanel text={shown.text} code={shown.code} side="bottom" />
    </Radix.Root>
  )
}

function followTips(scroller: HTMLElement, show: (tip: Shown | null) => void): () => void {
  let owner: Element | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let hiddenAt = 0

  const hide = () => {
    clearTimeout(timer)
    if (owner !== null) hiddenAt = performance.now()
    owner = null
    show(null)
  }
  const wait = (element: Element, delayMs: number) => {
    const soon = performance.now() - hiddenAt < TOOLTIP_SKIP_MS
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        if (!element.isConnected) return
        owner = element
        const { tip = '', tipCode } = (element as HTMLElement).dataset
        if (tip !== '') show({ text: tip, code: tipCode !== undefined, box: element.getBoundingClientRect() })
      },
      soon ? 0 : delayMs,
    )
  }
  const tipOf = ({ target }: Event) => (target instanceof Element ? target.closest('[data-tip]') : null)
  const onOver = (event: PointerEvent) => {
    if (event.pointerType === 'touch') return
    const element = tipOf(event)
    if (element === owner && element !== null) return
    if (owner !== null) hide()
    clearTimeout(timer)
    if (element !== null) wait(element, TOOLTIP_DELAY_MS)
  }
  const onFocus = (event: FocusEvent) => {
    const element = tipOf(event)
    if (element !== null && event.target instanceof Element && event.target.matches(':focus-visible')) wait(element, 0)
  }
  const onKey = ({ key }: KeyboardEvent) => {
    if (key === 'Escape') hide()
  }
  const stop = new AbortController()
  const options = { signal: stop.signal, passive: true }
  scroller.addEventListener('pointerover', onOver, options)
  scroller.addEventListener('focusin', onFocus, options)
  scroller.addEventListener('keydown', onKey, options)
  for (const type of ['pointerleave', 'pointerdown', 'scroll', 'focusout'])
    scroller.addEventListener(type, hide, options)
  return () => {
    stop.abort()
    clearTimeout(timer)
  }
}

import { type ReactNode, type RefObject, useEffect, useRef } from 'react'
import { useWidth } from './use-width.ts'

const DRAWER_PX = 400
/** Below this the table would have no room left beside the drawer. */
const NARROW_PX = 860

interface SplitProps {
  /** The table. */
  children: ReactNode
  /** What is open; null while nothing is. */
  detail: ReactNode | null
}

/** A table with what is open beside it. Where that is too narrow, what is open takes the place of the table. */
export function Split({ children, detail }: SplitProps) {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const narrow = width > 0 && width < NARROW_PX
  useFocusInWhatIsShown(host, detail !== null)
  return (
    <div ref={host} className="flex h-full min-h-0">
      <div hidden={narrow && detail !== null} className="h-full min-w-0 flex-1">
        {children}
      </div>
      {detail !== null && (
        <div
          data-page={narrow || undefined}
          className="group/drawer h-full min-h-0 shrink-0 animate-slide-in border-line border-l bg-surface data-page:w-full data-page:shrink data-page:border-l-0"
          style={{ width: narrow ? undefined : DRAWER_PX }}
        >
          {detail}
        </div>
      )}
    </div>
  )
}

/**
 * What has the focus goes away with the details, or with the table that they hide: without this a person without a
 * mouse would be nowhere.
 */
function useFocusInWhatIsShown(host: RefObject<HTMLElement | null>, isOpen: boolean): void {
  const wasOpen = useRef(isOpen)
  useEffect(() => {
    if (wasOpen.current === isOpen) return
    wasOpen.current = isOpen
    const holder = document.activeElement
    if (holder !== null && holder !== document.body && holder.closest('[hidden]') === null) return
    host.current?.querySelector<HTMLElement>(isOpen ? 'aside section' : '[role=grid]')?.focus()
  }, [host, isOpen])
}

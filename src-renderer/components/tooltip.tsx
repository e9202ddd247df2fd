import { Tooltip as Radix } from 'radix-ui'
import { cloneElement, type ReactElement, type ReactNode } from 'react'
import { Keys } from './keys.tsx'
import { useIsInRow } from './row-context.ts'

export const TOOLTIP_DELAY_MS = 500
export const TOOLTIP_SKIP_MS = 200

export function TooltipProvider({ children }: { children: ReactNode }) {
  return (
    <Radix.Provider delayDuration={TOOLTIP_DELAY_MS} skipDelayDuration={TOOLTIP_SKIP_MS}>
      {children}
    </Radix.Provider>
  )
}

interface TooltipProps {
  text: string
  shortcut?: string | undefined
  side?: 'top' | 'right' | 'bottom' | 'left'
  /** A CID or a path: in the fixed-width face, broken anywhere. */
  code?: boolean
  /** One element that takes a ref, events and attributes. */
  children: ReactElement<Record<string, unknown>>
}

/** Words on hover and focus. Never the only place where something is said. */
export function Tooltip({ text, shortcut, side = 'bottom', code = false, children }: TooltipProps) {
  // A tooltip of its own for every cell would cost more than all the rest of the row: the table has one for all.
  if (useIsInRow()) return cloneElement(children, { 'data-tip': text, 'data-tip-code': code || undefined })
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <TooltipPanel text={text} side={side} shortcut={shortcut} code={code} />
    </Radix.Root>
  )
}

/** The words themselves, inside a `Radix.Root`. */
export function TooltipPanel({ text, shortcut, side, code }: Omit<TooltipProps, 'children'>) {
  return (
    <Radix.Portal>
      <Radix.Content
        side={side}
        sideOffset={6}
        collisionPadding={8}
        className="z-50 in-[body:has([role=menu])]:hidden flex max-w-80 items-center gap-2 rounded-md bg-raised px-2 py-1 text-ink text-xs shadow-raised"
      >
        <span className={code === true ? 'min-w-0 break-all font-mono' : 'min-w-0 break-words'}>{text}</span>
        {shortcut !== undefined && <Keys keys={shortcut} />}
      </Radix.Content>
    </Radix.Portal>
  )
}

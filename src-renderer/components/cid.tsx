import { Check, ChevronDown, Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { shortCid } from '../../src-shared/format/index.ts'
import { IconButton } from './button.tsx'
import { cidForms } from './cid-forms.ts'
import { classNames } from './class-names.ts'
import { Menu, PointerMenu } from './menu.tsx'
import { useIsAttended, useIsInRow, useRowTabIndex } from './row-context.ts'
import { Tooltip } from './tooltip.tsx'
import { useCopy } from './use-copy.ts'

interface CidProps {
  value: string
  /** Which CID it is: Root, Piece, Shard, Block … */
  kind?: string
  /** In full, over several lines, where there is room; with its other forms in a menu. */
  full?: boolean
  /** Base URL of a gateway, for *Copy as…*. */
  gatewayUrl?: string | null
}

/**
 * A CID, shortened in the middle so that the tail that tells it apart stays. Click to copy, right-click for other forms.
 * In a row of a table a click opens the row, so there only the sign beside the CID copies.
 */
export function Cid({ value, kind = 'CID', full = false, gatewayUrl = null }: CidProps) {
  const { copied, copy } = useCopy()
  const inRow = useIsInRow()
  const attended = useIsAttended()
  const text = <span className={full ? 'break-all' : 'truncate'}>{full ? value : shortCid(value)}</span>
  const label = `Copy ${kind === 'CID' ? kind : kind.toLowerCase()} ${value}`
  if (inRow)
    return (
      <Tooltip text={value} code>
        <span className="group/cid inline-flex min-w-0 items-center gap-1 font-mono text-ink-soft">
          {text}
          {attended && (
            <CopyButton label={label} onCopy={() => copy(value)} className="p-1">
              <CopySign copied={copied} className="group-hover/row:opacity-100" />
            </CopyButton>
          )}
        </span>
      </Tooltip>
    )
  const forms = () =>
    cidForms(value, gatewayUrl).map((form) => ({ label: form.label, onSelect: () => copy(form.text) }))
  const entries = () => [{ label: 'Copy as', items: forms() }]
  const short = (
    <PointerMenu entries={entries}>
      <span className="inline-flex min-w-0 max-w-full">
        <CopyButton
          label={label}
          onCopy={() => copy(value)}
          className={classNames(
            'group/cid -mx-1 inline-flex min-w-0 gap-1 px-1 text-left font-mono text-ink-soft text-xs hover:text-ink',
            full ? 'items-start' : 'items-center',
          )}
        >
          {text}
          <CopySign copied={copied} className={full ? 'mt-0.5' : ''} />
        </CopyButton>
      </span>
    </PointerMenu>
  )
  if (!full) return short
  return (
    <span className="flex min-w-0 items-start gap-1">
      {short}
      <Menu entries={forms()}>
        <IconButton
          icon={ChevronDown}
          size="sm"
          label={`Copy ${kind === 'CID' ? kind : kind.toLowerCase()} as…`}
          className="-my-1"
        />
      </Menu>
    </span>
  )
}

interface CopyButtonProps {
  label: string
  onCopy: () => void
  className: string
  children: ReactNode
}

function CopyButton({ label, onCopy, className, children }: CopyButtonProps) {
  return (
    <button
      type="button"
      tabIndex={useRowTabIndex()}
      aria-label={label}
      onClick={(event) => {
        event.stopPropagation()
        onCopy()
      }}
      className={classNames('shrink rounded-sm transition-colors hover:bg-hover', className)}
    >
      {children}
    </button>
  )
}

function CopySign({ copied, className }: { copied: boolean; className: string }) {
  return (
    <>
      {copied ? (
        <Check aria-hidden className={classNames('size-3 shrink-0 text-ok', className)} />
      ) : (
        <Copy
          aria-hidden
          className={classNames(
            'size-3 shrink-0 opacity-0 group-hover/cid:opacity-100 group-focus-visible/cid:opacity-100',
            className,
          )}
        />
      )}
      <span aria-live="polite" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </>
  )
}

import { Check, Copy } from 'lucide-react'
import { shortCid } from '../../src-shared/format/index.ts'
import { cidForms } from './cid-forms.ts'
import { classNames } from './class-names.ts'
import { PointerMenu } from './menu.tsx'
import { useRowTabIndex } from './row-tab-index.ts'
import { Tooltip } from './tooltip.tsx'
import { useCopy } from './use-copy.ts'

interface CidProps {
  value: string
  /** Which CID it is: Root, Piece, Shard, Block … */
  kind?: string
  /** Shown beside the CID; otherwise only its accessible name has it. */
  showKind?: boolean
  /** In full, over several lines, where there is room. */
  full?: boolean
  /** Base URL of a gateway, for *Copy as…*. */
  gatewayUrl?: string | null
  className?: string
}

/** A CID, shortened in the middle so that the tail that tells it apart stays. Click to copy, right-click for more. */
export function Cid({ value, kind = 'CID', showKind = false, full = false, gatewayUrl = null, className }: CidProps) {
  const { copied, copy } = useCopy()
  const tabIndex = useRowTabIndex()
  const entries = () => [
    {
      label: 'Copy as',
      items: cidForms(value, gatewayUrl).map((form) => ({ label: form.label, onSelect: () => copy(form.text) })),
    },
  ]
  const button = (
    <button
      type="button"
      tabIndex={tabIndex}
      aria-label={`Copy ${kind === 'CID' ? kind : kind.toLowerCase()} ${value}`}
      onClick={(event) => {
        event.stopPropagation()
        copy(value)
      }}
      className={classNames(
        'group/cid -mx-1 inline-flex min-w-0 items-center gap-1 rounded-sm px-1 text-left font-mono text-ink-soft text-xs transition-colors hover:bg-hover hover:text-ink',
        full && 'items-start',
        className,
      )}
    >
      <span className={full ? 'break-all' : 'truncate'}>{full ? value : shortCid(value)}</span>
      {copied ? (
        <Check aria-hidden className="size-3 shrink-0 text-ok" />
      ) : (
        <Copy
          aria-hidden
          className={classNames(
            'size-3 shrink-0 opacity-0 group-hover/cid:opacity-100 group-focus-visible/cid:opacity-100',
            full && 'mt-0.5',
          )}
        />
      )}
      <span aria-live="polite" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1.5">
      {showKind && <span className="shrink-0 text-ink-faint text-xs">{kind}</span>}
      <PointerMenu entries={entries}>
        <span className="inline-flex min-w-0">
          {full ? (
            button
          ) : (
            <Tooltip text={<span className="break-all font-mono">{copied ? 'Copied' : value}</span>}>{button}</Tooltip>
          )}
        </span>
      </PointerMenu>
    </span>
  )
}

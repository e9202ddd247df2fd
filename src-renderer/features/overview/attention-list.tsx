import { CircleCheck } from 'lucide-react'
import { Button, ToneIcon } from '../../components/index.ts'
import { goTo, hrefOf, setTableFilter } from '../../state/index.ts'
import { Remedies, useImportActions } from '../imports/index.ts'
import { openGcDialog } from '../storage/index.ts'
import type { Attention } from './attention.ts'

const SHOWN = 8

/** What needs a person, each with its remedies as buttons. */
export function AttentionList({ items }: { items: readonly Attention[] }) {
  if (items.length === 0)
    return (
      <p className="flex items-center gap-2.5 rounded-md bg-ok-soft px-4 py-3 text-ink">
        <CircleCheck aria-hidden className="size-4 text-ok" />
        Everything is all right. Nothing needs you.
      </p>
    )
  return (
    <ul className="divide-y divide-line rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
      {items.slice(0, SHOWN).map((item) => (
        <li key={item.id} className="flex items-start gap-3 px-4 py-2.5">
          <ToneIcon tone={item.tone} className="mt-0.75 size-4" />
          <div className="min-w-0 flex-1">
            <a href={hrefFor(item)} className="rounded-sm font-medium text-ink hover:underline">
              {item.title}
            </a>
            <p className="selectable break-words text-ink-soft text-xs">{item.detail}</p>
          </div>
          <div className="flex shrink-0 flex-wrap justify-end gap-2">
            <Actions item={item} />
          </div>
        </li>
      ))}
      {items.length > SHOWN && (
        <li className="px-4 py-2 text-ink-faint text-xs">and {(items.length - SHOWN).toLocaleString('en')} more</li>
      )}
    </ul>
  )
}

function Actions({ item }: { item: Attention }) {
  const actions = useImportActions()
  const { subject } = item
  switch (subject.kind) {
    case 'import':
      return <Remedies view={subject.view} actions={actions} />
    case 'shards':
      return (
        <Button
          size="sm"
          onClick={() => {
            setTableFilter('shards', { chip: 'errored' })
            goTo('shards')
          }}
        >
          Show shards
        </Button>
      )
    case 'pieces':
      return (
        <Button
          size="sm"
          onClick={() => {
            setTableFilter('pieces', { chip: 'no-shard' })
            goTo('pieces')
          }}
        >
          Show pieces
        </Button>
      )
    case 'disk':
      return (
        <Button size="sm" onClick={openGcDialog}>
          Collect garbage…
        </Button>
      )
    default:
      return (
        <Button size="sm" onClick={() => goTo(SECTION[subject.kind], subject.id)}>
          Show
        </Button>
      )
  }
}

const SECTION = { deal: 'deals', retrieval: 'retrievals', transfer: 'transfers' } as const

function hrefFor({ subject }: Attention): string {
  switch (subject.kind) {
    case 'import':
      return hrefOf('imports', subject.view.id)
    case 'shards':
      return hrefOf('shards')
    case 'pieces':
      return hrefOf('pieces')
    case 'disk':
      return hrefOf('overview')
    default:
      return hrefOf(SECTION[subject.kind], subject.id)
  }
}

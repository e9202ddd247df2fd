import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { BulkPlan } from '../../../../src-shared/contract/index.ts'
import { Bar, Button, Cid, classNames } from '../../../components/index.ts'
import { attempt, useServices } from '../../../state/index.ts'
import { BULK_WORDS, effectOf } from './bulk-words.ts'
import type { Planning } from './use-plan.ts'

/** The dry run as a person reads it: how many would be done, how many not and why, each group to be opened. */
export function PlanView({ plan }: { plan: BulkPlan }) {
  const { verb, wanted, skipped } = plan
  const skippedCount = skipped.reduce((sum, { count }) => sum + count, 0)
  return (
    <div className="space-y-3">
      {wanted > 0 && <p className="text-ink-soft">{effectOf(plan)} Nothing has been done yet.</p>}
      <div className="divide-y divide-line overflow-hidden rounded-md border border-line">
        <Group
          planId={plan.planId}
          reason={null}
          count={wanted}
          title={
            wanted === 0
              ? `No shard to ${BULK_WORDS[verb].verb.toLowerCase()}`
              : `to ${BULK_WORDS[verb].verb.toLowerCase()}`
          }
          strong
        />
        {skippedCount > 0 && (
          <div>
            <p className="flex items-baseline gap-3 px-3 pt-2 pb-1">
              <span className="figures w-12 shrink-0 text-right font-semibold text-ink">
                {skippedCount.toLocaleString('en')}
              </span>
              <span className="font-medium text-ink">skipped</span>
            </p>
            {skipped.map(({ reason, count }) => (
              <Group key={reason} planId={plan.planId} reason={reason} count={count} title={reason} />
            ))}
          </div>
        )}
      </div>
    </div>
  )
}

export function LookingView({ planning }: { planning: Extract<Planning, { status: 'looking' }> }) {
  const { looked, total } = planning
  return (
    <div className="space-y-2">
      <p className="figures text-ink-soft" role="status">
        {total === null || looked === 0
          ? 'Looking at each shard. Nothing is done yet…'
          : `Looked at ${looked.toLocaleString('en')} of ${total.toLocaleString('en')} shards. Nothing is done yet…`}
      </p>
      <Bar fraction={total === null || looked === 0 ? null : looked / total} label="Looking at shards" />
    </div>
  )
}

interface GroupProps {
  planId: string
  reason: string | null
  count: number
  title: string
  strong?: boolean
}

const PAGE = 200

interface Listed {
  key: string
  reason: string
}

function Group({ planId, reason, count, title, strong = false }: GroupProps) {
  const { client } = useServices()
  const [open, setOpen] = useState(false)
  const [shards, setShards] = useState<Listed[]>([])
  const more = () =>
    attempt('The shards could not be listed', async () => {
      const page = await client.bulk.planned({ planId, reason, from: shards.length, limit: PAGE })
      setShards((before) => [...before, ...page.shards])
    })
  const toggle = () => {
    if (!open && shards.length === 0) void more()
    setOpen(!open)
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        disabled={count === 0}
        onClick={toggle}
        className="-outline-offset-2 flex w-full items-baseline gap-3 px-3 py-1.5 text-left enabled:hover:bg-hover"
      >
        <span
          className={classNames(
            'figures w-12 shrink-0 text-right',
            strong ? 'font-semibold text-ink' : 'text-ink-soft',
          )}
        >
          {count.toLocaleString('en')}
        </span>
        <span className={classNames('min-w-0 flex-1 break-words', strong ? 'font-medium text-ink' : 'text-ink-soft')}>
          {title}
        </span>
        {count > 0 && (
          <ChevronRight
            aria-hidden
            className={classNames(
              'size-3.5 shrink-0 self-center text-ink-faint transition-transform',
              open && 'rotate-90',
            )}
          />
        )}
      </button>
      {open && (
        <ul
          tabIndex={0}
          aria-label={reason ?? title}
          className="-outline-offset-2 max-h-48 overflow-y-auto bg-sunken py-1 pr-3 pl-18 text-xs"
        >
          {shards.map(({ key, reason: own }) => (
            <li key={key} className="py-0.5">
              <Cid value={key} kind="Shard" />
              {own !== '' && own !== reason && <span className="block break-words text-ink-soft">{own}</span>}
            </li>
          ))}
          {shards.length < count && shards.length > 0 && (
            <li className="py-1">
              <Button size="sm" kind="quiet" onClick={() => void more()}>
                Show {Math.min(PAGE, count - shards.length).toLocaleString('en')} more
              </Button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}

import { CircleCheck } from 'lucide-react'
import { useMemo } from 'react'
import type { ShardView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Button, Cid, EmptyState, ToneIcon } from '../../components/index.ts'
import { goTo } from '../../state/index.ts'
import { counted } from '../paths/index.ts'
import { CauseFixButton } from './cause-fix-button.tsx'
import { type CauseGroup, groupByCause } from './error-causes.ts'

const SHOWN = 5

interface CausesViewProps {
  shards: readonly ShardView[]
  /** Shows these in the table. */
  onShow: (group: CauseGroup) => void
}

/** From forty broken shards to the few reasons, each with its remedy. */
export function CausesView({ shards, onShow }: CausesViewProps) {
  const groups = useMemo(() => groupByCause(shards), [shards])
  if (groups.length === 0)
    return (
      <EmptyState icon={CircleCheck} title="No shard has failed">
        When some do, they are gathered here by the reason, with what to do about it.
      </EmptyState>
    )
  return (
    <ul aria-label="Errors by cause" className="min-h-0 flex-1 space-y-3 overflow-y-auto pb-5">
      {groups.map((group) => (
        <li key={group.id} className="rounded-md bg-surface p-4 shadow-[inset_0_0_0_1px_var(--line)]">
          <div className="flex flex-wrap items-start gap-3">
            <div className="flex min-w-72 flex-1 gap-3">
              <ToneIcon tone="failed" className="mt-0.75" />
              <div className="min-w-0">
                <h2 className="font-semibold text-ink">{group.title}</h2>
                <p className="text-ink-soft">{group.advice}</p>
                <p className="figures pt-0.5 text-ink-faint text-xs">{sizeText(group.shards)}</p>
              </div>
            </div>
            <div className="ml-auto flex max-w-full flex-wrap justify-end gap-2">
              <Button onClick={() => onShow(group)}>Show in table</Button>
              {group.fixes.toReversed().map((fix) => (
                <CauseFixButton key={fix} fix={fix} group={group} primary={fix === group.fixes[0]} />
              ))}
            </div>
          </div>
          <ul className="mt-3 divide-y divide-line border-line border-t pl-6.5 text-xs">
            {group.shards.slice(0, SHOWN).map((shard) => (
              <li key={shard.key} className="flex items-center gap-4 py-1.5">
                <span className="w-36 shrink-0">
                  <Cid value={shard.key} kind="Shard" />
                </span>
                <button
                  type="button"
                  onClick={() => goTo('shards', shard.key)}
                  className="min-w-0 flex-1 truncate rounded-sm text-left text-ink-soft hover:text-ink hover:underline"
                >
                  {shard.error}
                </button>
              </li>
            ))}
            {group.shards.length > SHOWN && (
              <li className="py-1.5 text-ink-faint">and {(group.shards.length - SHOWN).toLocaleString('en')} more</li>
            )}
          </ul>
        </li>
      ))}
    </ul>
  )
}

function sizeText(shards: readonly ShardView[]): string {
  const bytes = shards.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  return `${counted(shards.length, 'shard')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}`
}

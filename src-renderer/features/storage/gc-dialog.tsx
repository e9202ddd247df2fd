import { useState } from 'react'
import type { GcReport } from '../../../src-shared/contract/index.ts'
import { formatBytes, shortCid } from '../../../src-shared/format/index.ts'
import { Button, Callout, copyText, Dialog, ErrorPanel, ToneIcon } from '../../components/index.ts'
import { openDialog, useLoaded, useServices, useTableState, useTask } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

export function openGcDialog(): void {
  openDialog((close) => <GcDialog onClose={close} />)
}

/** First what would go and how much that frees; then, once it is done, what went. */
function GcDialog({ onClose }: { onClose: () => void }) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const [opened] = useState(() => String(Date.now()))
  const [receipt, setReceipt] = useState<GcReport | null>(null)
  const plan = useLoaded(opened, (signal) => client.shards.gc({ dryRun: true }, { signal }))
  const collectable = plan.value?.shards.length ?? 0
  const collect = () =>
    run('Garbage could not be collected', async () => setReceipt(await client.shards.gc({ dryRun: false })))
  if (receipt !== null) return <Receipt receipt={receipt} onClose={onClose} />
  return (
    <Dialog
      title="Collect garbage"
      description="Removes transients, copies of pieces that were fetched to be read. They are fetched again when needed."
      onClose={onClose}
      onSubmit={() => collectable > 0 && !busy && void collect()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={collectable === 0} busy={busy}>
            {plan.value === null || collectable === 0 ? 'Free' : `Free ${formatBytes(plan.value.freedBytes)}`}
          </Button>
        </>
      }
    >
      {plan.status === 'failed' ? (
        <ErrorPanel error={plan.error} />
      ) : plan.value === null ? (
        <p className="text-ink-soft">Looking for transients that nothing reads…</p>
      ) : (
        <Preview plan={plan.value} />
      )}
    </Dialog>
  )
}

function Preview({ plan }: { plan: GcReport }) {
  const { stores } = useServices()
  const shards = useTableState(stores.shards).rows
  const staying = shards.filter(({ transientPath }) => transientPath !== null).length - plan.shards.length
  const stays =
    staying > 0
      ? `${counted(staying, 'transient')} ${staying === 1 ? 'stays' : 'stay'}: being read, being fetched, or not made by Carport.`
      : ''
  if (plan.shards.length === 0)
    return (
      <p className="text-ink-soft">There is nothing to collect. {stays === '' ? 'There are no transients.' : stays}</p>
    )
  return (
    <div className="space-y-3">
      <p className="text-ink-soft">
        {counted(plan.shards.length, 'transient')} can go, {formatBytes(plan.freedBytes)} in all. Pieces and indexes
        stay, so every shard goes on serving. Nothing has been removed yet. {stays}
      </p>
      <ShardList label="What would go" report={plan} />
    </div>
  )
}

function Receipt({ receipt, onClose }: { receipt: GcReport; onClose: () => void }) {
  const failed = receipt.shards.filter(({ error }) => error !== null).length
  const gone = receipt.shards.length - failed
  const copy = () =>
    copyText(
      receipt.shards.map(({ key, error, freedBytes }) => `${key}\t${freedBytes}\t${error ?? 'freed'}`).join('\n'),
    )
  return (
    <Dialog
      title={`${formatBytes(receipt.freedBytes)} freed`}
      onClose={onClose}
      onSubmit={onClose}
      footer={
        <>
          <Button onClick={() => void copy()}>Copy receipt</Button>
          <Button kind="primary" type="submit" autoFocus>
            Close
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <Callout
          tone={failed > 0 ? 'attention' : 'ok'}
          title={`${counted(gone, 'transient')} removed${failed > 0 ? `, ${failed.toLocaleString('en')} could not be` : ''}`}
        >
          <p>They are fetched again when their shards are read. Pieces and indexes are as they were.</p>
        </Callout>
        <ShardList label="What went" report={receipt} />
      </div>
    </Dialog>
  )
}

const SHOWN = 500

/** Each shard and its bytes; what failed first, with the reason. */
function ShardList({ label, report }: { label: string; report: GcReport }) {
  const rows = [...report.shards].sort(
    (a, b) => Number(b.error !== null) - Number(a.error !== null) || b.freedBytes - a.freedBytes,
  )
  return (
    <ul tabIndex={0} aria-label={label} className="max-h-60 divide-y divide-line overflow-y-auto text-xs">
      {rows.slice(0, SHOWN).map(({ key, error, freedBytes }) => (
        <li key={key} className="py-1">
          <span className="flex justify-between gap-4">
            <span className="selectable font-mono text-ink-soft" title={key}>
              {shortCid(key, 14, 12)}
            </span>
            <span className="figures">{error === null ? formatBytes(freedBytes) : 'Still there'}</span>
          </span>
          {error !== null && (
            <span className="selectable flex gap-1.5 text-failed">
              <ToneIcon tone="failed" className="mt-0.5" />
              {error}
            </span>
          )}
        </li>
      ))}
      {rows.length > SHOWN && (
        <li className="py-1 text-ink-faint">and {(rows.length - SHOWN).toLocaleString('en')} more</li>
      )}
    </ul>
  )
}

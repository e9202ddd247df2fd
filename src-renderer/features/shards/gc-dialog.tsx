import { useState } from 'react'
import { formatBytes, shortCid } from '../../../src-shared/format/index.ts'
import { Button, Dialog, ErrorPanel, toast } from '../../components/index.ts'
import { openDialog, useLoaded, useServices, useTask } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

export function openGcDialog(): void {
  openDialog((close) => <GcDialog onClose={close} />)
}

/** Shows what would go and how much it frees before anything goes. */
function GcDialog({ onClose }: { onClose: () => void }) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const [opened] = useState(() => String(Date.now()))
  const plan = useLoaded(opened, (signal) => client.shards.gc({ dryRun: true }, { signal }))
  const shards = plan.value?.shards ?? []
  const collect = () =>
    run('Garbage could not be collected', async () => {
      const report = await client.shards.gc({ dryRun: false })
      const failed = report.shards.filter(({ error }) => error !== null).length
      toast.done(`${formatBytes(report.freedBytes)} freed`, {
        description: `${counted(report.shards.length - failed, 'transient')} removed${failed > 0 ? `, ${failed} could not be` : ''}.`,
      })
      onClose()
    })
  return (
    <Dialog
      title="Collect garbage"
      description="Removes transients, copies of pieces that were fetched to be read. They are fetched again when needed."
      onClose={onClose}
      onSubmit={() => shards.length > 0 && !busy && void collect()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={shards.length === 0} busy={busy}>
            {plan.value === null || shards.length === 0 ? 'Free' : `Free ${formatBytes(plan.value.freedBytes)}`}
          </Button>
        </>
      }
    >
      {plan.status === 'failed' ? (
        <ErrorPanel error={plan.error} />
      ) : plan.status === 'loading' ? (
        <p className="text-ink-soft">Looking for transients that nothing reads…</p>
      ) : shards.length === 0 ? (
        <p className="text-ink-soft">There is nothing to collect: every transient is being read, or there is none.</p>
      ) : (
        <>
          <p className="pb-3 text-ink-soft">
            {counted(shards.length, 'transient')} can go. Pieces and indexes stay. Nothing has been removed yet.
          </p>
          <ul tabIndex={0} aria-label="What goes" className="max-h-60 divide-y divide-line overflow-y-auto text-xs">
            {shards.map(({ key, freedBytes }) => (
              <li key={key} className="flex justify-between gap-4 py-1">
                <span className="font-mono text-ink-soft">{shortCid(key, 12, 10)}</span>
                <span className="figures">{formatBytes(freedBytes)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  )
}

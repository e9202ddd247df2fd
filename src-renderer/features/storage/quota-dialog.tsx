import { useState } from 'react'
import { createStore } from 'zustand/vanilla'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Button, Callout, Dialog, ErrorPanel, Slider, Switch, TextInput, toast } from '../../components/index.ts'
import { openDialog, useLoaded, useServices, useStatus, useTask } from '../../state/index.ts'
import {
  bytesAtPosition,
  bytesOf,
  changesOf,
  excessBytes,
  GIB,
  MIN_GAP,
  positionOf,
  problemOf,
  type Quota,
  quotaOf,
} from './quota.ts'

/** Grows when the quota was changed here, for what shows it. */
export const quotaChanges = createStore<number>(() => 0)

export function openQuotaDialog(): void {
  openDialog((close) => <QuotaDialog onClose={close} />)
}

/** How much transients may take. Changes apply at once, to what runs too. */
function QuotaDialog({ onClose }: { onClose: () => void }) {
  const { client } = useServices()
  const { value: status } = useStatus()
  const loaded = useLoaded('quota', (signal) => client.settings.show(undefined, { signal }))
  const known = loaded.value === null ? null : quotaOf(loaded.value.settings)
  const transients = status?.disk.byPurpose.find(({ purpose }) => purpose === 'transients')
  if (loaded.status === 'failed')
    return (
      <Dialog title="Quota of transients" onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
        <ErrorPanel error={loaded.error} />
      </Dialog>
    )
  if (known === null || transients === undefined)
    return (
      <Dialog title="Quota of transients" onClose={onClose} footer={<Button onClick={onClose}>Cancel</Button>}>
        <p className="text-ink-soft">Reading the settings…</p>
      </Dialog>
    )
  return <QuotaForm known={known.quota} overridden={known.overridden} disk={transients} onClose={onClose} />
}

interface QuotaFormProps {
  known: Quota
  /** Environment variables that override it. */
  overridden: readonly string[]
  disk: { bytes: number; freeBytes: number; totalBytes: number }
  onClose: () => void
}

function QuotaForm({ known, overridden, disk, onClose }: QuotaFormProps) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const diskBytes = disk.bytes + disk.freeBytes
  const [quota, setQuota] = useState<Quota>({ ...known })
  const [text, setText] = useState(known.maxBytes === 0 ? '' : gibText(known.maxBytes))
  const limited = quota.maxBytes !== 0
  const problem = problemOf(quota, diskBytes)
  const changes = changesOf(known, quota)
  const share = limited ? Math.min(100, (disk.bytes / quota.maxBytes) * 100) : 0
  const fixed = overridden.length > 0
  const setBytes = (maxBytes: number) => {
    setQuota({ ...quota, maxBytes })
    setText(maxBytes === 0 ? '' : gibText(maxBytes))
  }
  const apply = () =>
    run('The quota could not be changed', async () => {
      for (const change of changes) await client.settings.set(change)
      quotaChanges.setState((count) => count + 1, true)
      toast.done('Quota changed', { description: 'It applies from now on, also to what is being fetched.' })
      onClose()
    })
  return (
    <Dialog
      title="Quota of transients"
      description="Transients are local copies of pieces that cannot be read in place. They are fetched again when needed."
      width="lg"
      onClose={onClose}
      onSubmit={() => problem === null && changes.length > 0 && !busy && !fixed && void apply()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={problem !== null || changes.length === 0 || fixed}>
            Apply
          </Button>
        </>
      }
    >
      <div className="space-y-5">
        {fixed && (
          <Callout tone="attention" title="Set by the environment">
            {overridden.join(', ')} decide this; change them and start Carport again.
          </Callout>
        )}
        <div className="flex items-center justify-between gap-4">
          <div>
            <p className="font-medium text-ink">Limit transients</p>
            <p className="text-ink-soft text-xs">
              Without a limit each periodic collection takes every transient that nothing reads.
            </p>
          </div>
          <Switch
            label="Limit transients"
            checked={limited}
            disabled={fixed}
            onChange={(on) => setBytes(on ? bytesAtPosition(positionOf(diskBytes / 2, diskBytes), diskBytes) : 0)}
          />
        </div>
        {limited && (
          <>
            <div className="grid grid-cols-[1fr_128px] items-end gap-4">
              <div>
                <p className="font-medium text-ink text-xs">Quota</p>
                <Slider
                  labels={['Quota']}
                  values={[positionOf(quota.maxBytes, diskBytes)]}
                  texts={[formatBytes(quota.maxBytes)]}
                  min={0}
                  max={1000}
                  step={5}
                  disabled={fixed}
                  onChange={([position = 0]) => setBytes(bytesAtPosition(position, diskBytes))}
                />
              </div>
              <TextInput
                label="In GiB"
                value={text}
                inputMode="decimal"
                disabled={fixed}
                onChange={(next) => {
                  setText(next)
                  setQuota({ ...quota, maxBytes: next.trim() === '' ? Number.NaN : bytesOf(`${next}GiB`) })
                }}
              />
            </div>
            <div>
              <p className="font-medium text-ink text-xs">Watermarks</p>
              <Slider
                labels={['Low watermark', 'High watermark']}
                values={[quota.low, quota.high]}
                texts={[`${quota.low} %`, `${quota.high} %`]}
                min={0}
                max={100}
                gap={MIN_GAP}
                disabled={fixed}
                onChange={([low = 0, high = 100]) => setQuota({ ...quota, low, high })}
              >
                <span
                  aria-hidden
                  className={`absolute h-full ${share >= quota.high ? 'bg-attention' : 'bg-disk-2'}`}
                  style={{ width: `${share}%` }}
                />
              </Slider>
              <p className="figures flex justify-between gap-4 text-ink-faint text-xs">
                <span>{formatBytes(disk.bytes)} used</span>
                <span>
                  Low {formatBytes((quota.maxBytes * quota.low) / 100)} · High{' '}
                  {formatBytes((quota.maxBytes * quota.high) / 100)}
                </span>
              </p>
            </div>
            {problem === null ? (
              <Consequence quota={quota} usedBytes={disk.bytes} />
            ) : (
              <p role="alert" className="text-failed text-xs">
                {problem}
              </p>
            )}
          </>
        )}
      </div>
    </Dialog>
  )
}

/** What is used now, against the marks. */
export function QuotaBar({ quota, usedBytes, fill }: { quota: Quota; usedBytes: number; fill: string }) {
  const share = quota.maxBytes > 0 ? Math.min(100, (usedBytes / quota.maxBytes) * 100) : 0
  return (
    <div
      role="img"
      aria-label={`${formatBytes(usedBytes)} of ${formatBytes(quota.maxBytes || 0)} used; marks at ${quota.low} and ${quota.high} percent`}
      className="relative h-3 rounded-sm bg-idle-soft"
    >
      <div
        className={`h-full rounded-sm ${share >= quota.high ? 'bg-attention' : fill}`}
        style={{ width: `${share}%`, minWidth: usedBytes > 0 ? 2 : 0 }}
      />
      {[quota.low, quota.high].map((mark) => (
        <span
          key={mark}
          aria-hidden
          className="absolute -top-0.5 h-4 w-0.5 -translate-x-1/2 rounded-full bg-ink"
          style={{ left: `${mark}%` }}
        />
      ))}
    </div>
  )
}

function Consequence({ quota, usedBytes }: { quota: Quota; usedBytes: number }) {
  const { maxBytes, high, low } = quota
  const excess = excessBytes(quota, usedBytes)
  return (
    <div className="space-y-1 text-ink-soft text-xs">
      <p aria-live="polite">
        {formatBytes(usedBytes)} are taken now. Once it is {formatBytes((maxBytes * high) / 100)} ({high} %), those not
        used for longest go, down to {formatBytes((maxBytes * low) / 100)} ({low} %). Nothing is fetched beyond{' '}
        {formatBytes(maxBytes)}: a fetch waits, or fails.
      </p>
      {excess > 0 && (
        <p className="font-medium text-attention">The next collection will free about {formatBytes(excess)}.</p>
      )}
    </div>
  )
}

function gibText(bytes: number): string {
  return String(Number((bytes / GIB).toFixed(2)))
}

import { useRef, useState } from 'react'
import type { PieceView, ShardView } from '../../../src-shared/contract/index.ts'
import { formatBytes, shortCid } from '../../../src-shared/format/index.ts'
import { Bar, Button, Callout, Dialog, TextInput } from '../../components/index.ts'
import { useServices, useTableState } from '../../state/index.ts'
import { counted } from '../paths/index.ts'
import { type BulkProgress, runBulk } from './bulk-run.ts'

interface BulkDialogProps {
  verb: 'Recover' | 'Initialize'
  shards: readonly ShardView[]
  onEnded: () => void
  onClose: () => void
}

const WORDS = {
  Recover: { ing: 'Recovering', ed: 'recovered' },
  Initialize: { ing: 'Initializing', ed: 'initialized' },
}
const USUAL_CONCURRENCY = 4

/** First what will happen (nothing is done yet), then how it goes, then what failed and why. */
export function BulkDialog({ verb, shards, onEnded, onClose }: BulkDialogProps) {
  const { client, stores } = useServices()
  const pieces = useTableState(stores.pieces).rows
  const [concurrency, setConcurrency] = useState(String(USUAL_CONCURRENCY))
  const [progress, setProgress] = useState<BulkProgress | null>(null)
  const [running, setRunning] = useState(false)
  const stop = useRef<AbortController | null>(null)
  const { ing, ed } = WORDS[verb]
  const atOnce = Math.min(64, Math.max(1, Math.floor(Number(concurrency)) || USUAL_CONCURRENCY))

  const run = async () => {
    const controller = new AbortController()
    stop.current = controller
    setRunning(true)
    setProgress({ done: 0, failed: [] })
    const call = verb === 'Recover' ? client.shards.recover : client.shards.initialize
    await runBulk(
      shards.map(({ key }) => key),
      (key) => call({ key }),
      { concurrency: atOnce, signal: controller.signal, onProgress: setProgress },
    )
    setRunning(false)
    onEnded()
  }
  const close = () => {
    stop.current?.abort()
    onClose()
  }
  const handled = progress === null ? 0 : progress.done + progress.failed.length

  return (
    <Dialog
      title={
        progress === null ? `${verb} ${counted(shards.length, 'shard')}` : running ? `${ing}…` : summary(progress, ed)
      }
      onClose={close}
      onSubmit={() => progress === null && void run()}
      footer={
        progress === null ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button kind="primary" type="submit">
              {verb} {shards.length.toLocaleString('en')}
            </Button>
          </>
        ) : running ? (
          <Button onClick={() => stop.current?.abort()}>Stop</Button>
        ) : (
          <Button kind="primary" onClick={close}>
            Close
          </Button>
        )
      }
    >
      {progress === null ? (
        <div className="space-y-4">
          <Forecast shards={shards} pieces={pieces} />
          <div className="w-40">
            <TextInput label="At once" type="number" min={1} max={64} value={concurrency} onChange={setConcurrency} />
          </div>
        </div>
      ) : (
        <div className="space-y-3">
          <Bar fraction={handled / shards.length} label={`${ing} shards`} className="h-1.5" />
          <p className="figures text-ink-soft text-xs" aria-live="polite">
            {handled.toLocaleString('en')} of {shards.length.toLocaleString('en')}: {progress.done.toLocaleString('en')}{' '}
            {ed}, {progress.failed.length.toLocaleString('en')} failed
            {!running && handled < shards.length && `, ${(shards.length - handled).toLocaleString('en')} not begun`}
          </p>
          <ul className="selectable max-h-60 space-y-2 overflow-y-auto text-xs">
            {progress.failed.map(({ key, error }) => (
              <li key={key}>
                <span className="font-mono text-ink">{shortCid(key)}</span>
                <span className="block text-failed">{error.message}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  )
}

/** The dry run: what would be read, and what is bound to fail. */
function Forecast({ shards, pieces }: { shards: readonly ShardView[]; pieces: readonly PieceView[] }) {
  const states = new Map(pieces.map(({ pieceCid, state }) => [pieceCid, state]))
  const sealed = shards.filter(({ key }) => states.get(key) === 'sealed-only').length
  const missing = shards.filter(({ key }) => states.get(key) === 'missing').length
  const bytes = shards.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  return (
    <div className="space-y-3">
      <p className="text-ink-soft">
        Reads {counted(shards.length, 'piece')}
        {bytes > 0 && `, about ${formatBytes(bytes)},`} and builds {shards.length === 1 ? 'its index' : 'their indexes'}{' '}
        again. The pieces are not changed. Nothing has been done yet.
      </p>
      {sealed + missing > 0 && (
        <Callout tone="attention" title={`${sealed + missing} will fail`}>
          {sealed > 0 && <p>{counted(sealed, 'piece has', 'pieces have')} a sealed copy only.</p>}
          {missing > 0 && <p>{counted(missing, 'piece is', 'pieces are')} not there.</p>}
        </Callout>
      )}
    </div>
  )
}

function summary({ done, failed }: BulkProgress, ed: string): string {
  if (failed.length === 0) return `${counted(done, 'shard')} ${ed}`
  return `${done.toLocaleString('en')} ${ed}, ${failed.length.toLocaleString('en')} failed`
}

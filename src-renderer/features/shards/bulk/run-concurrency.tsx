import { useEffect, useId, useState } from 'react'
import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { Tooltip } from '../../../components/index.ts'
import { attempt, useServices } from '../../../state/index.ts'

const MOST = 64

/** How many shards a run does at once; takes effect at once. Says so where a setting limits it further. */
export function RunConcurrency({ run }: { run: BulkRunView }) {
  const { client, stores } = useServices()
  const id = useId()
  const [text, setText] = useState(String(run.concurrency))
  useEffect(() => setText(String(run.concurrency)), [run.concurrency])
  const change = (next: string) => {
    setText(next)
    const concurrency = Math.floor(Number(next))
    if (concurrency < 1 || concurrency > MOST || concurrency === run.concurrency) return
    void attempt('The number at once could not be changed', async () =>
      stores.bulk.put(await client.bulk.setConcurrency({ runId: run.id, concurrency })),
    )
  }
  const { indexingAtOnce } = run
  const isLimited = indexingAtOnce > 0 && run.concurrency > indexingAtOnce && run.verb !== 'destroy'
  const input = (
    <input
      id={id}
      type="number"
      min={1}
      max={MOST}
      value={text}
      onChange={(event) => change(event.target.value)}
      className="figures h-6 w-14 rounded-md bg-surface px-1.5 text-ink text-xs shadow-[inset_0_0_0_1px_var(--line-control)] focus:outline-2 focus:outline-focus focus:-outline-offset-1"
    />
  )
  return (
    <span className="flex items-center gap-1.5 pr-1 text-ink-soft">
      <label htmlFor={id}>At once</label>
      {isLimited ? (
        <Tooltip text={`The settings let ${indexingAtOnce} be indexed at once (DAGStore.MaxConcurrentIndex).`}>
          {input}
        </Tooltip>
      ) : (
        input
      )}
    </span>
  )
}

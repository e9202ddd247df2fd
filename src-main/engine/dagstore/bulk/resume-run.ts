import { EngineError } from '../../base/index.ts'
import type { RunHead, RunRecords } from './run-records.ts'
import { RunTally } from './run-tally.ts'

/** Where a run stands that an earlier run of the program left. */
export interface RunSoFar {
  startedMs: number
  state: 'running' | 'paused' | 'stopping'
  tally: RunTally
  /** Places in the plan of what is left, ascending. */
  left: Uint32Array
  /** Those of them that were under way: perhaps they are done. */
  begun: ReadonlySet<number>
}

export interface ResumedRun {
  head: RunHead
  keys: string[]
  soFar: RunSoFar
  /** Of its journal. */
  nextRow: number
}

/** STORE_CORRUPT where its records are not whole. */
export async function resumedRun(records: RunRecords, head: RunHead): Promise<ResumedRun> {
  try {
    return await readRun(records, head)
  } catch (cause) {
    throw new EngineError('STORE_CORRUPT', `The records of the run ${head.id} cannot be read, so it cannot go on.`, {
      cause,
    })
  }
}

async function readRun(records: RunRecords, head: RunHead): Promise<ResumedRun> {
  const keys = await records.keys(head.id)
  const settled = new Uint8Array(keys.length)
  const begun = new Set<number>()
  const tally = new RunTally()
  const settle = (places: readonly number[]) => places.filter((at) => settleOnce(settled, at)).length
  let nextRow = 0
  for await (const row of records.rows(head.id)) {
    nextRow++
    for (const at of row.begun ?? []) begun.add(at)
    tally.succeed(settle(row.done ?? []))
    for (const [reason, places] of Object.entries(row.skipped ?? {})) tally.skip(reason, settle(places))
    for (const [at, key, code, message] of row.failed ?? []) if (settle([at]) === 1) tally.fail(key, { code, message })
  }
  const left = Uint32Array.from(settled.keys()).filter((at) => settled[at] === 0)
  for (const at of begun) if (settled[at] !== 0) begun.delete(at)
  const state = head.state === 'paused' || head.state === 'stopping' ? head.state : 'running'
  return { head, keys, soFar: { startedMs: head.startedMs, state, tally, left, begun }, nextRow }
}

function settleOnce(settled: Uint8Array, at: number): boolean {
  if (settled[at] !== 0) return false
  settled[at] = 1
  return true
}

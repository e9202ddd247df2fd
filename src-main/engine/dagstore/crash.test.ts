import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LevelStore } from '../store/index.ts'
import type { Dagstore } from './dagstore-ports.ts'
import { ALL_CRASH_CARS, CRASH_CARS, SHARED } from './test-kit/crash-scenario.ts'
import { DagstoreHome } from './test-kit/open-dagstore.ts'

/**
 * Kills the process of a dagstore in front of each of its steps in turn, and starts another on the same files. What
 * was answered before must still hold, nothing may be left half done, and everything must be readable.
 */

const SCENARIO = fileURLToPath(new URL('./test-kit/crash-scenario.ts', import.meta.url))
const { kept, broken, lazy, destroyed } = CRASH_CARS

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

type Answers = readonly string[]

async function check(dagstore: Dagstore, answers: Answers): Promise<void> {
  await dagstore.settled()
  for (const car of ALL_CRASH_CARS) {
    if (!dagstore.has(car.key)) continue
    const { state, readers } = dagstore.info(car.key)
    expect(readers).toBe(0)
    expect(['New', 'Available', 'Errored']).toContain(state)
    if (state === 'New') expect(car.key).toBe(lazy.key)
    const accessor = await dagstore.acquire(car.key)
    for (const { cid, bytes } of car.blocks) {
      expect(Buffer.from(await accessor.blockstore.get(cid))).toEqual(Buffer.from(bytes))
      expect((await dagstore.lookup(cid)).map(({ key }) => key)).toContain(car.key)
    }
    await accessor.close()
  }
  const expected = [...dagstore.list().map(({ key }) => key)].sort()
  expect((await dagstore.lookup(SHARED.cid)).map(({ key }) => key)).toEqual(expected)
  const said = (answer: string) => answers.includes(answer)
  if (said('kept is there')) expect(dagstore.has(kept.key)).toBe(true)
  if (said('kept has its index again')) expect(dagstore.info(kept.key).indexBytes).not.toBeNull()
  if (said('lazy is there')) expect(dagstore.has(lazy.key)).toBe(true)
  if (said('broken failed')) expect(dagstore.has(broken.key)).toBe(true)
  if (said('destroyed is back')) expect(dagstore.has(destroyed.key)).toBe(true)
}

/** Files and rows that belong to no shard. */
async function leftovers(store: LevelStore, keys: string[]): Promise<string[]> {
  const isKnown = (name: string) => keys.some((key) => name.includes(key))
  const files = [
    ...(await readdir(join(home.directory, 'index'))).filter((name) => name !== '.version'),
    ...(await readdir(join(home.directory, 'transients'))),
  ].filter((name) => !isKnown(name))
  const rows: string[] = []
  for await (const { key } of store.entries()) {
    const name = Buffer.from(key).toString('latin1')
    if (name.startsWith('/pr/') || name.startsWith('/pu/')) rows.push(name)
    else if (/^\/(dagstore|ps|pi|pv)\//.test(name) && !isKnown(name)) rows.push(name)
  }
  return [...files, ...rows]
}

const EVERY_STEP = [
  'write-record',
  'fetch-transient',
  'write-index',
  'add-postings',
  'discard-transient',
  'collect-transient',
  'name-transient',
  'delete-record',
  'remove-postings',
  'delete-index',
  'end-removal',
]

/** Starts another dagstore on what a stop left. */
async function startAgain(answers: Answers, stoppedAt: string | null): Promise<void> {
  home.pieces.add(...ALL_CRASH_CARS)
  const { dagstore, store, close } = await home.open({ sequential: true, config: { MaxRecoverAttempts: 0 } })
  await check(dagstore, answers)
  const keys = dagstore.list().map(({ key }) => key)
  expect([stoppedAt, await leftovers(store as LevelStore, keys)]).toEqual([stoppedAt, []])
  await close()
  await rm(home.directory, { recursive: true })
}

it('loses nothing and leaves nothing, wherever it is killed', async () => {
  const stops: string[] = []
  for (let step = 0; ; step++) {
    const child = spawn(process.execPath, [SCENARIO, home.directory, String(step)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const lines = output.split('\n').slice(0, -1)
    const stoppedAt = signal === 'SIGKILL' ? (lines.pop() ?? '') : null
    await startAgain(lines, stoppedAt)
    if (stoppedAt === null) break
    stops.push(stoppedAt)
  }
  expect(new Set(stops)).toEqual(new Set(EVERY_STEP))
}, 300_000)

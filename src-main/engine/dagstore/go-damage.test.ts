import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { damagedBytes } from '../testing/damaged-bytes.ts'
import { randomNumbers } from '../testing/random-numbers.ts'
import type { Dagstore } from './dagstore-ports.ts'
import { GO_VERSIONS, GoDirectory, type GoVersion } from './test-kit/go-directory.ts'

/**
 * Directories of Go's dagstore, damaged at random further: rows, indexes and transients with bytes changed, cut, removed
 * or exchanged. Nothing crashes or hangs, no row is lost, no wrong byte is given out, and whatever was spared is as it was.
 * CARPORT_DAMAGE_ROUNDS and CARPORT_DAMAGE_SEED make it longer, or another.
 */
const ROUNDS = Number(process.env.CARPORT_DAMAGE_ROUNDS ?? 2)
const SEED = Number(process.env.CARPORT_DAMAGE_SEED ?? 20_261_122)
const DAMAGES = 12
const ANSWERS_WITHIN_MS = 30_000
const ROWS = Buffer.from('/dagstore/')

type Random = (below: number) => number

it.each(GO_VERSIONS)(
  'a directory of Go’s dagstore %s, damaged at random',
  async (version) => {
    for (let round = 0; round < ROUNDS; round++) {
      const seed = SEED + round
      try {
        await damageAndOpen(version, randomNumbers(seed))
      } catch (error) {
        throw Object.assign(error as Error, { damage: `${version}, seed ${seed}` })
      }
    }
  },
  3_600_000,
)

async function damageAndOpen(version: GoVersion, random: Random): Promise<void> {
  const copy = await GoDirectory.copy(version)
  try {
    const touched = new Set<string>()
    for (let i = 0; i < DAMAGES; i++) await damageSomething(copy, random, touched)
    const rows = await rowsOf(copy)
    const staged = await filesOf(join(copy.directory, '..', 'deal-staging'))
    const keys = await openAndUse(copy, rows, touched)
    expect(await filesOf(join(copy.directory, '..', 'deal-staging'))).toEqual(staged)
    expect(await openAndUse(copy, await rowsOf(copy), touched)).toEqual(keys)
  } finally {
    await copy.remove()
  }
}

/** One row or file, or two of them exchanged; notes the names of shards that may be affected. */
async function damageSomething(copy: GoDirectory, random: Random, touched: Set<string>): Promise<void> {
  if (random(2) === 0) return damageRow(copy, random, touched)
  const folder = join(copy.directory, random(3) === 0 ? 'transients' : 'index')
  const names = (await filesOf(folder)).filter((name) => name !== '.version')
  const name = names[random(names.length)] ?? ''
  const other = names[random(names.length)] ?? ''
  touched.add(name).add(other)
  if (random(6) === 0) return rm(join(folder, name))
  if (random(6) > 0) return writeFile(join(folder, name), damagedBytes(await readFile(join(folder, name)), random))
  await rename(join(folder, name), join(folder, 'aside'))
  if (other !== name) await rename(join(folder, other), join(folder, name))
  await rename(join(folder, 'aside'), join(folder, other))
}

async function damageRow(copy: GoDirectory, random: Random, touched: Set<string>): Promise<void> {
  const store = await copy.store()
  try {
    const rows: Array<{ key: Uint8Array; value: Uint8Array }> = []
    // Rows of shards, and of the inverted index where there is one.
    for await (const row of store.entries(random(4) === 0 ? {} : { prefix: ROWS })) rows.push(row)
    const [row, other] = [rows[random(rows.length)], rows[random(rows.length)]]
    if (row === undefined || other === undefined) return
    for (const { key } of [row, other]) touched.add(Buffer.from(key).toString())
    if (random(6) > 0) return await store.put(row.key, damagedBytes(row.value, random))
    await store.put(row.key, other.value)
    await store.put(other.key, row.value)
  } finally {
    await store.close()
  }
}

/** Opens the directory, does everything with every shard, and closes it; gives the keys that are listed. */
async function openAndUse(copy: GoDirectory, rows: Map<string, string>, touched: Set<string>): Promise<string[]> {
  const dagstore = await soon(copy.open(), 'start')
  await soon(dagstore.settled(), 'settle')
  const views = dagstore.list()
  expect(views).toHaveLength(rows.size)
  const listedOnly = views.filter(({ key }) => !dagstore.has(key))
  for (const { key, state, error } of listedOnly)
    expect([key, state, error]).toEqual([key, 'Errored', expect.stringMatching(/.+\.$/s)])
  for (const { label, key, acquire } of copy.expected.shards) {
    const isSpared = ![...touched].some((name) => name.includes(key) || name.includes(label))
    const failure = dagstore.has(key) ? await readAll(dagstore, key, label) : null
    if (isSpared && acquire.result === 'ok' && rows.has(`/dagstore/${key}`))
      expect([label, failure]).toEqual([label, null])
    const [section] = GoDirectory.payloadOf(label)?.sections ?? []
    if (section !== undefined) await soon(dagstore.lookup(Buffer.from(section.multihash, 'hex')), 'look up')
  }
  await soon(dagstore.gc(), 'collect')
  await soon(copy.close(), 'close')
  const after = await rowsOf(copy)
  for (const { key } of listedOnly)
    expect([key, after.get(`/dagstore/${key}`)]).toEqual([key, rows.get(`/dagstore/${key}`)])
  return views.map(({ key }) => key)
}

/** Reads every block that the payload has. What is given must be right; null when all of it was given. */
async function readAll(dagstore: Dagstore, key: string, label: string): Promise<string | null> {
  let failure: string | null = null
  try {
    const accessor = await soon(dagstore.acquire(key), 'acquire')
    for (const { cid, sha256 } of GoDirectory.payloadOf(label)?.sections ?? []) {
      const bytes = await soon(accessor.blockstore.get(CID.parse(cid)), 'get').catch(expectEngineError)
      if (bytes instanceof EngineError) failure = label === 'available-cut-body' ? failure : bytes.message
      else expect([label, createHash('sha256').update(bytes).digest('hex')]).toEqual([label, sha256])
    }
    await accessor.close()
  } catch (error) {
    failure = expectEngineError(error).message
  }
  return failure
}

function expectEngineError(error: unknown): EngineError {
  if (!(error instanceof EngineError) || error.code === 'INTERNAL') throw error
  return error
}

/** Fails when something hangs. */
async function soon<Result>(work: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError(`${what}: no answer`)), ANSWERS_WITHIN_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function rowsOf(copy: GoDirectory): Promise<Map<string, string>> {
  const store = await copy.store()
  const rows = new Map<string, string>()
  for await (const { key, value } of store.entries({ prefix: ROWS }))
    rows.set(Buffer.from(key).toString(), Buffer.from(value).toString('latin1'))
  await store.close()
  return rows
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import { damagedBytes } from '../testing/damaged-bytes.ts'
import { fixture } from '../testing/fixtures.ts'
import { randomNumbers } from '../testing/random-numbers.ts'
import { checkLevelFiles, keptCopies, type LevelRepair, LevelStore } from './index.ts'

/** As goleveldb left it when it was killed: rows in a table and in a journal. */
const WRITTEN = fixture('dagstore/v0.7.0/dagstore/datastore')
const [TABLE, JOURNAL, MANIFEST] = ['000014.ldb', '000012.log', 'MANIFEST-000013']
const IN_TABLE = 531
const IN_JOURNAL = 15
const IN_ALL = 541
/** CARPORT_DAMAGE_ROUNDS and CARPORT_DAMAGE_SEED make it longer, or another. */
const SEED = Number(process.env.CARPORT_DAMAGE_SEED ?? 1)
const ROUNDS = Number(process.env.CARPORT_DAMAGE_ROUNDS ?? 40)

let home: string
let directory: string
const at = (name: string) => join(directory, name)

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'carport-level-'))
  directory = join(home, 'datastore')
  await cp(WRITTEN, directory, { recursive: true })
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function rowsOf(store: LevelStore): Promise<Map<string, string>> {
  const rows = new Map<string, string>()
  for await (const { key, value } of store.entries())
    rows.set(Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1'))
  return rows
}

async function openAndRead(): Promise<{ rows: Map<string, string>; repairs: LevelRepair[] }> {
  const repairs: LevelRepair[] = []
  const store = await LevelStore.open(directory, { compression: false, onRepaired: (repair) => repairs.push(repair) })
  try {
    return { rows: await rowsOf(store), repairs }
  } finally {
    await store.close()
  }
}

async function change(name: string, damage: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(at(name), damage(await readFile(at(name))))
}

const flipped = (offset: number) => (bytes: Buffer) => {
  const place = offset < 0 ? bytes.length + offset : offset
  bytes[place] = (bytes[place] ?? 0) ^ 0xff
  return bytes
}

async function contents(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder)).filter((name) => !/^(LOCK|LOG|LOG\.old)$/.test(name))
  return new Map(
    await Promise.all(files.sort().map(async (name) => [name, await readFile(join(folder, name), 'hex')] as const)),
  )
}

it('finds nothing wrong with what Go and LevelDB write, closed or killed', async () => {
  expect(await checkLevelFiles(directory, { wholly: true })).toEqual([])
  expect(await openAndRead()).toMatchObject({ rows: { size: IN_ALL }, repairs: [] })
  expect(await checkLevelFiles(directory, { wholly: true })).toEqual([])
  expect(await checkLevelFiles(join(home, 'none'))).toEqual([])
  expect(await keptCopies(directory)).toEqual([])
})

it('takes a journal that ends in the middle of a record for what a power cut leaves', async () => {
  await truncate(at(JOURNAL), 3600)
  const { rows, repairs } = await openAndRead()
  expect([rows.size > IN_TABLE, repairs]).toEqual([true, []])
})

describe('what LevelDB would lose without a word, or refuse', () => {
  it.each<[string, () => Promise<void>, RegExp, number]>([
    ['no CURRENT', () => rm(at('CURRENT')), /CURRENT.* is missing/, IN_ALL],
    ['an empty CURRENT', () => writeFile(at('CURRENT'), ''), /CURRENT does not name a MANIFEST/, IN_ALL],
    [
      'a CURRENT that points nowhere',
      () => writeFile(at('CURRENT'), 'MANIFEST-000099\n'),
      /MANIFEST-000099.* missing/,
      IN_ALL,
    ],
    ['no MANIFEST', () => rm(at(MANIFEST)), /MANIFEST-000013.* missing/, IN_ALL],
    ['an empty MANIFEST', () => truncate(at(MANIFEST), 0), /MANIFEST-000013 is cut off/, IN_ALL],
    ['a cut MANIFEST', () => truncate(at(MANIFEST), 400), /MANIFEST-000013 is cut off/, IN_ALL],
    ['a garbled MANIFEST', () => change(MANIFEST, flipped(30)), /MANIFEST-000013 is damaged at byte 0/, IN_ALL],
    ['a garbled journal', () => change(JOURNAL, flipped(3)), /journal 000012.log is damaged at byte 0/, IN_ALL],
    ['no journal', () => rm(at(JOURNAL)), /journal 000012.log is missing/, IN_TABLE],
    ['a garbled index of a table', () => change(TABLE, flipped(-300)), /table 000014.ldb has a damaged index/, IN_ALL],
    [
      'a garbled head of a block',
      () => change(TABLE, flipped(0)),
      /table 000014.ldb is damaged at byte 0/,
      IN_ALL - 14,
    ],
    ['a garbled row of a table', () => change(TABLE, flipped(100)), /table 000014.ldb is damaged at byte 0/, IN_ALL],
    ['a cut table', () => truncate(at(TABLE), 30_000), /has 30000 bytes where 74436 were written/, 171],
    ['a table without its end', () => change(TABLE, flipped(-2)), /table 000014.ldb is no table of LevelDB/, IN_ALL],
    ['no table', () => rm(at(TABLE)), /table 000014.ldb is missing/, IN_JOURNAL],
  ])('%s: says so, keeps a copy, and goes on with the rest', async (_what, damage, problem, left) => {
    await damage()
    const found = await contents(directory)
    const { rows, repairs } = await openAndRead()
    expect(repairs).toHaveLength(1)
    expect(repairs[0]?.problems.join(' ')).toMatch(problem)
    expect(rows.size).toBe(left)
    expect(await keptCopies(directory)).toEqual([repairs[0]?.keptAt])
    expect(await contents(repairs[0]?.keptAt ?? '')).toEqual(found)
    expect(await openAndRead()).toEqual({ rows, repairs: [] })
  })
})

it('repairs at the next start what is met while it is open', async () => {
  const repairs: LevelRepair[] = []
  const store = await LevelStore.open(directory, { compression: false, onRepaired: (repair) => repairs.push(repair) })
  await store.close()
  await change(TABLE, flipped(0))
  const unaware = await LevelStore.open(directory, { compression: false })
  await expect(rowsOf(unaware)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining(directory),
  })
  await unaware.close()
  expect((await openAndRead()).repairs).toHaveLength(1)
})

it('never repairs what another LevelDB has open', async () => {
  const other = new ClassicLevel(directory)
  await other.open()
  await writeFile(at('CURRENT'), '')
  await expect(openAndRead()).rejects.toMatchObject({ code: 'REPO_IN_USE' })
  expect(await keptCopies(directory)).toEqual([])
  await other.close()
})

/** As goleveldb locks; it is another kind of lock than LevelDB's own. */
const hasFlock = process.platform === 'linux' && spawnSync('flock', ['--version']).status === 0
it.skipIf(!hasFlock)('does not open what a program written in Go has open', async () => {
  await writeFile(at('LOCK'), '')
  const holder: ChildProcess = spawn('flock', [at('LOCK'), '-c', 'echo held; read -r _'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(holder.stdout ?? holder, 'data')
  const before = await contents(directory)
  await expect(openAndRead()).rejects.toMatchObject({ code: 'REPO_IN_USE' })
  expect(await contents(directory)).toEqual(before)
  holder.stdin?.end()
  await once(holder, 'exit')
  expect((await openAndRead()).rows.size).toBe(IN_ALL)
})

it(`survives ${ROUNDS} random damages: opens or says why, invents nothing, and keeps what it found`, async () => {
  const whole = await openAndRead()
  for (let round = 0; round < ROUNDS; round++) {
    const random = randomNumbers(SEED * 1000 + round)
    await rm(home, { recursive: true })
    await cp(WRITTEN, directory, { recursive: true })
    for (let n = 0; n <= random(2); n++) {
      const name = ['CURRENT', MANIFEST, TABLE, JOURNAL][random(4)] ?? TABLE
      if (random(6) === 0) await rm(at(name), { force: true })
      else await change(name, (bytes) => damagedBytes(bytes, random)).catch(() => {})
    }
    const found = await contents(directory)
    const outcome = await openAndRead().catch((error: unknown) => error)
    const kept = await keptCopies(directory)
    if (kept[0] !== undefined) expect([round, await contents(kept[0])]).toEqual([round, found])
    if (outcome instanceof Error) {
      expect([round, EngineError.is(outcome, 'STORE_CORRUPT'), outcome.message]).toEqual([round, true, outcome.message])
      continue
    }
    const { rows, repairs } = outcome as Awaited<ReturnType<typeof openAndRead>>
    expect([round, repairs.length]).toEqual([round, kept.length])
    // Without a word nothing may be missing or changed, but for the cut end of the journal.
    const differing = [...whole.rows].filter(([key, value]) => rows.get(key) !== value).length
    if (repairs.length === 0) expect([round, differing <= IN_JOURNAL]).toEqual([round, true])
  }
})

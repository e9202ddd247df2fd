/**
 * What go-car says of each file and vector, beside what Carport says: the same, except where go-car lets damage pass.
 * Those exceptions are listed by name, with the reason.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EngineError, MemoryReader, type RandomAccessReader } from '../base/index.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { readCarLayout } from './car-layout.ts'
import { readCarStream } from './car-stream.ts'
import { buildIndex } from './generate-index.ts'
import { readIndexTable } from './index-buckets.ts'
import { inspectCar } from './ops/inspect-car.ts'

/** Messages of go-car; empty where it succeeds. */
interface OracleResult {
  Name: string
  Hex?: string
  NewReader: string
  InspectFalse: string
  InspectTrue: string
  /** EOF where it succeeds. */
  BlockReader: string
  Blocks: number
  GenIndex: string
  GenIndexZero: string
  IndexRead: string
}

const results: OracleResult[] = JSON.parse(readFileSync(fixture('car/generated/go-car-oracle-results.json'), 'utf8'))
const vectors: Record<string, string> = JSON.parse(readFileSync(fixture('car/generated/inline-vectors.json'), 'utf8'))

/** go-car opens these, and stumbles later or never. */
const CONTAINER_CHECKED = new Map([
  ['inline/v2-inner-version2', 'the payload of a CARv2 is not a CARv1'],
  ['inline/v2-datasize-beyond-eof', 'the payload is not in the file'],
  ['inline/v2-pragma-with-roots', 'the pragma is not that of a CARv2'],
  ['fuzz/FuzzReader/c640dd07', 'the payload is not in the file'],
  ['fuzz/FuzzCarReader/5857e57e', 'a root is not a CID'],
  ['inline/inspect-BadCidV0', 'a root is not a CID'],
  ['inline/inspect-BadSectionLength2', 'a root is not a CID'],
])
/** go-car seeks over the data, and does not notice what is wrong with it. */
const SECTIONS_CHECKED = new Map([
  ['v2/testdata/sample-v1-tailing-corrupt-section.car', 'the last section is cut'],
  ['cmd/car/testdata/inputs/badsectionlength.car', 'a section is longer than the limit'],
  ['inline/inspect-BadSectionLength', 'a section is longer than the limit'],
])
/** go-car fails here, and need not. */
const ALLOWED = new Map([
  ['generated/rw-emptyroots.car', 'a CARv2 without blocks can be indexed'],
  ['generated/ref-identity-0400.car', 'references do not hash to their CID'],
  ['generated/ref-identity-0401.car', 'references do not hash to their CID'],
  ['generated/ref-sha2-256-0401.car', 'references do not hash to their CID'],
  ['generated/ref-sha2-256-0401-fully.car', 'references do not hash to their CID'],
])
/** Both refuse; go-car's words name a Go type, or another of several things wrong. */
const OTHER_WORDS = new Set([
  'inline/badheader-array',
  'inline/badheader-extrakey',
  'inline/badheader-rootsmap',
  'inline/badheader-stringversion',
  'inline/cidv0-short',
  'inline/clean-plus-truncated-block',
  'fuzz/FuzzReader/e1d7f87e',
  'fuzz/FuzzReader/fe93cec1',
])

function bytesOf({ Name, Hex }: OracleResult): Buffer | null {
  if (Hex !== undefined) return Buffer.from(Hex, 'hex')
  const inline = vectors[Name.replace('inline/', '')]
  if (inline !== undefined) return Buffer.from(inline.replaceAll(' ', ''), 'hex')
  try {
    return readFileSync(fixture(`car/${Name}`))
  } catch {
    const path = foreignFixture(`car/${Name}`)
    return path === undefined ? null : readFileSync(path)
  }
}

const cases = results.flatMap((result) => {
  const bytes = bytesOf(result)
  return bytes === null ? [] : [{ ...result, bytes }]
})

async function failureOf(work: () => Promise<unknown>): Promise<EngineError | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return error
  }
}

function expectSame(name: string, failure: EngineError | null, goCar: string, exceptions: Array<Map<string, string>>) {
  if (exceptions.some((names) => names.has(name))) return
  if (goCar === '') expect(failure?.message).toBeUndefined()
  else expect(failure, goCar).not.toBeNull()
  if (failure?.details.goCar !== undefined && goCar !== '' && !OTHER_WORDS.has(name))
    expect(failure.details.goCar).toBe(goCar)
}

const withReader = <Result>(bytes: Uint8Array, work: (reader: RandomAccessReader) => Promise<Result>) =>
  work(new MemoryReader(bytes))

async function* once(bytes: Uint8Array) {
  yield bytes
}

describe('beside go-car', () => {
  it('has most of the cases at hand', () => {
    expect(cases.length).toBeGreaterThan(60)
  })

  it.each(cases)('opens $Name', async ({ Name, bytes, NewReader }) => {
    const failure = await failureOf(() => withReader(bytes, (reader) => readCarLayout(reader)))
    expectSame(Name, failure, NewReader, [CONTAINER_CHECKED])
    if (CONTAINER_CHECKED.has(Name)) expect(failure?.kind).toBe('corrupt')
  })

  it.each(cases)('reads the blocks of $Name', async ({ Name, bytes, BlockReader, Blocks }) => {
    let count = 0
    const failure = await failureOf(async () => {
      for await (const _ of (await readCarStream(once(bytes))).sections) count++
    })
    if (!CONTAINER_CHECKED.has(Name)) expect(failure === null).toBe(BlockReader === 'EOF')
    expect(count).toBe(Blocks)
    const isReference = ALLOWED.has(Name) // their records name another path today than when go-car read them
    if (BlockReader.startsWith('mismatch') && !isReference) expect(failure?.details.goCar).toBe(BlockReader)
  })

  it.each(cases)('inspects $Name', async ({ Name, bytes, InspectFalse, InspectTrue }) => {
    for (const [full, goCar] of [
      [false, InspectFalse],
      [true, InspectTrue],
    ] as const) {
      const failure = await failureOf(() =>
        withReader(bytes, (reader) => inspectCar(reader, { full, zeroLengthSectionAsEnd: false })),
      )
      const unfinalized = goCar === 'open: invalid data payload offset: 0' // which Carport can tell much about
      const zero = bytes.subarray(-1)[0] === 0 && /got: 0$|^EOF$/.test(goCar) // both refuse; ours says why
      if (!unfinalized && !zero)
        expectSame(Name, failure, goCar.replace('open: ', ''), [CONTAINER_CHECKED, SECTIONS_CHECKED, ALLOWED])
      if (SECTIONS_CHECKED.has(Name) || zero) expect(failure).not.toBeNull()
      if (ALLOWED.has(Name)) expect(failure).toBeNull()
    }
  })

  it.each(cases)('indexes $Name', async ({ Name, bytes, GenIndex, GenIndexZero }) => {
    for (const [zeroLengthSectionAsEnd, goCar] of [
      [false, GenIndex],
      [true, GenIndexZero],
    ] as const) {
      const failure = await failureOf(() =>
        withReader(bytes, async (reader) => {
          const layout = await readCarLayout(reader)
          const { builder } = await buildIndex(reader, layout, { zeroLengthSectionAsEnd })
          builder.close()
        }),
      )
      const accepted = goCar === ''
      if (CONTAINER_CHECKED.has(Name) || SECTIONS_CHECKED.has(Name)) expect(failure?.code).toMatch(/^CAR_/)
      else if (ALLOWED.has(Name)) expect(failure).toBeNull()
      else expect(failure === null, failure?.message ?? goCar).toBe(accepted)
    }
  })

  it.each(cases.filter(({ IndexRead }) => IndexRead !== 'none' && !IndexRead.startsWith('open:')))(
    'reads the index of $Name',
    async ({ Name, bytes, IndexRead }) => {
      const failure = await failureOf(() =>
        withReader(bytes, async (reader) => {
          const { indexOffset } = await readCarLayout(reader)
          await readIndexTable(reader, Number(indexOffset), reader.size)
        }),
      )
      expectSame(Name, failure, IndexRead, [CONTAINER_CHECKED])
    },
  )
})

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, inlineTaskRunner, silentLogger } from '../../base/index.ts'
import { PieceHasher } from '../../commp/index.ts'
import { MemoryStore } from '../../store/index.ts'
import { fixture } from '../../testing/fixtures.ts'
import { LotusStorageSource, lotusStoragePaths, PieceRows, RecordedSectorLocations } from '../index.ts'
import { decodeRlePlus } from './rle-plus.ts'
import { openUnsealedSector } from './unsealed-sector.ts'

interface ExpectedPiece {
  pieceCid: string
  what: string
  deals: Array<{ dealId: string; sector: number; offsetPadded: number; lengthPadded: number; unsealed: boolean }>
  fetch: string
  pieceSizePadded: number
  unpaddedSize: number
  unpaddedSha256: string
}
interface ExpectedFile {
  file: string
  sectorSize: number
  rlePlusHex?: string
  allocatedPadded: Array<[number, number]>
  error?: string
}
const expected = JSON.parse(readFileSync(fixture('lotus-miner/expected.json'), 'utf8')) as {
  pieces: ExpectedPiece[]
  unsealedFiles: ExpectedFile[]
}
const located = expected.pieces.filter(({ deals }) => deals.length > 0)

let repository: string
let source: LotusStorageSource
let locations: RecordedSectorLocations

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'carport-lotus-miner-'))
  await cp(fixture('lotus-miner'), repository, { recursive: true })
  const packed = join(repository, 'unsealed/s-t01000-4.gz')
  await writeFile(packed.slice(0, -3), gunzipSync(await readFile(packed)))
  const storage = await readFile(join(repository, 'storage.json'), 'utf8')
  await writeFile(join(repository, 'storage.json'), storage.replaceAll('/srv/carport-fixtures/lotus-miner', repository))
  locations = new RecordedSectorLocations(new MemoryStore())
  for (const { pieceCid, deals } of expected.pieces)
    await locations.put(
      pieceCid,
      deals.map(({ dealId, sector, offsetPadded, lengthPadded }) => ({
        dealId,
        sector: String(sector),
        offset: offsetPadded,
        length: lengthPadded,
        provider: 't01000',
      })),
    )
  source = new LotusStorageSource({ directories: [repository], locations, log: silentLogger })
})
afterAll(() => rm(repository, { recursive: true }))

describe('pieces of a lotus-miner', () => {
  it.each(located)('$what', async (piece) => {
    const cid = CID.parse(piece.pieceCid)
    const sector = /^unsealed, from sector (\d+)$/.exec(piece.fetch)?.[1]
    const stat = await source.stat(cid)
    expect(stat).toMatchObject({
      source: 'lotus-storage',
      pieceSize: piece.pieceSizePadded,
      sizeBytes: piece.unpaddedSize,
    })
    if (sector === undefined) {
      expect(stat).toMatchObject({ state: 'sealed-only', path: null })
      await expect(source.open(cid)).rejects.toMatchObject({
        code: 'PIECE_SEALED',
        message: expect.stringContaining(piece.pieceCid),
      })
      return
    }
    expect(stat).toMatchObject({ state: 'unsealed', path: null })
    const rows = new PieceRows()
    await source.refreshRows(rows)
    expect(rows.table.get(piece.pieceCid)?.path?.endsWith(`/unsealed/s-t01000-${sector}`)).toBe(true)
    const reader = await source.open(cid)
    const bytes = new Uint8Array(reader.size)
    expect(await reader.readAt(bytes, 0)).toBe(piece.unpaddedSize)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(piece.unpaddedSha256)
    const middle = new Uint8Array(100)
    const n = await reader.readAt(middle, 201)
    expect(middle.subarray(0, n)).toEqual(bytes.slice(201, 301))
    await reader.close()

    const hasher = new PieceHasher(inlineTaskRunner)
    await hasher.update(bytes)
    expect((await hasher.finish()).pieceCid.toString()).toBe(piece.pieceCid)
  })

  it('one that no deal names is missing', async () => {
    const unknown = expected.pieces.find(({ deals }) => deals.length === 0)
    const cid = CID.parse(unknown?.pieceCid ?? '')
    expect(await source.stat(cid)).toEqual({
      source: 'lotus-storage',
      state: 'missing',
      sizeBytes: null,
      pieceSize: null,
      path: null,
    })
    await expect(source.open(cid)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
  })

  it('one whose sector lies in no storage path is missing', async () => {
    const elsewhere = new LotusStorageSource({
      directories: [join(repository, 'long-term')],
      locations,
      log: silentLogger,
    })
    const basic = CID.parse(located.find(({ what }) => what.startsWith('basic'))?.pieceCid ?? '')
    expect(await elsewhere.stat(basic)).toMatchObject({ state: 'missing' })
  })

  it('are found without the provider being told, and another provider has none of them', async () => {
    const second = located.find(({ what }) => what.startsWith('second'))
    const cid = CID.parse(second?.pieceCid ?? '')
    const [location] = await locations.find(cid.toString())
    if (location === undefined) throw new TypeError('no location')
    for (const [provider, state] of [
      [null, 'unsealed'],
      ['f01000', 'unsealed'],
      ['t01001', 'missing'],
    ] as const) {
      const told = new RecordedSectorLocations(new MemoryStore())
      await told.put(cid.toString(), [{ ...location, provider }])
      const other = new LotusStorageSource({
        directories: [repository],
        locations: told,
        log: silentLogger,
      })
      expect(await other.stat(cid)).toMatchObject({ state })
    }
  })

  it('are not looked for in a sector whose number only ends alike, nor off the grid of a damaged record', async () => {
    const cid = CID.parse(located.find(({ deals }) => deals[0]?.sector === 1)?.pieceCid ?? '')
    const [location] = await locations.find(cid.toString())
    if (location === undefined) throw new Error('It has no location.')
    const folder = await mkdtemp(join(tmpdir(), 'carport-sectors-'))
    await cp(join(repository, 'sectorstore.json'), join(folder, 'sectorstore.json'))
    await cp(join(repository, 'unsealed/s-t01000-1'), join(folder, 'unsealed/s-t01000-21'))
    const stateOf = async (changed: Partial<typeof location>) => {
      const told = new RecordedSectorLocations(new MemoryStore())
      await told.put(cid.toString(), [{ ...location, provider: null, ...changed }])
      return (await new LotusStorageSource({ directories: [folder], locations: told, log: silentLogger }).stat(cid))
        .state
    }
    expect(await stateOf({})).toBe('missing')
    expect(await stateOf({ sector: '21' })).toBe('unsealed')
    expect(await stateOf({ sector: '21', offset: location.offset + 1 })).toBe('missing')
    expect(await stateOf({ sector: '21', length: location.length - 1 })).toBe('missing')
    await rm(folder, { recursive: true })
  })

  it('a damaged sector file is passed over with a warning', async () => {
    const warnings: string[] = []
    const log = createLogger((level, _name, _message, fields) => level === 'warn' && warnings.push(String(fields.path)))
    const noisy = new LotusStorageSource({ directories: [repository], locations, log })
    await noisy.stat(CID.parse(located.find(({ what }) => what.startsWith('torn'))?.pieceCid ?? ''))
    expect(warnings).toEqual([join(repository, 'unsealed/s-t01000-7')])
  })

  it('all get a row, by their best copy', async () => {
    const rows = new PieceRows()
    await source.refreshRows(rows)
    expect(rows.list().map(({ pieceCid, state }) => [pieceCid, state])).toEqual(
      located
        .map(({ pieceCid, fetch }) => [pieceCid, fetch.startsWith('unsealed') ? 'unsealed' : 'sealed-only'])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
    expect(rows.list()[0]).toMatchObject({ source: 'lotus-storage', hasShard: false })
  })
})

describe('unsealed sector files', () => {
  it.each(expected.unsealedFiles)('$file', async ({ file, sectorSize, allocatedPadded, rlePlusHex, error }) => {
    const path = join(repository, file.replace('.gz', ''))
    if (error !== undefined) {
      await expect(openUnsealedSector(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      return
    }
    const sector = await openUnsealedSector(path)
    expect(sector.sectorSize).toBe(sectorSize)
    for (const [start, length] of allocatedPadded) {
      expect(sector.has(start, length)).toBe(true)
      expect(sector.has(start, length + 128)).toBe(false)
      if (start > 0) expect(sector.has(start - 128, 256)).toBe(false)
    }
    expect(decodeRlePlus(Buffer.from(rlePlusHex ?? '', 'hex'))).toEqual(
      allocatedPadded.map(([start, length]) => ({ start, end: start + length })),
    )
    await sector.reader.close()
  })

  it('is refused at any length that it was cut to', async () => {
    const path = join(repository, 'cut')
    const whole = await readFile(join(repository, 'unsealed/s-t01000-1'))
    for (const size of [0, 1, 3, 4, 100, 2048, 2049, whole.length - 1]) {
      await writeFile(path, whole)
      await truncate(path, size)
      await expect(openUnsealedSector(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })
})

describe('RLE+', () => {
  it('reads runs of every form', () => {
    // version 0, first run ones: 1 bit, then a gap of 5 (short form), then 300 (varint)
    const bits = [0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, ...lowestFirst(0xac), ...lowestFirst(0x02)]
    expect(decodeRlePlus(packed(bits))).toEqual([
      { start: 0, end: 1 },
      { start: 6, end: 306 },
    ])
    expect(decodeRlePlus(new Uint8Array())).toEqual([])
  })

  it('refuses another version and an absurd run', () => {
    expect(decodeRlePlus(Uint8Array.of(1))).toBeNull()
    expect(decodeRlePlus(packed([0, 0, 1, 0, 0, ...new Array<number>(90).fill(1)]))).toBeNull()
  })
})

describe('lotusStoragePaths', () => {
  it('are those of the repository that are there, or the path itself', async () => {
    expect(await lotusStoragePaths(repository)).toEqual([repository, join(repository, 'long-term')])
    expect(await lotusStoragePaths(join(repository, 'long-term'))).toEqual([join(repository, 'long-term')])
    await expect(lotusStoragePaths(join(repository, 'sealed'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const unreadable = await mkdtemp(join(repository, 'unreadable-'))
    await mkdir(join(unreadable, 'storage.json'))
    await expect(lotusStoragePaths(unreadable)).rejects.toMatchObject({ code: 'EISDIR' })
  })
})

function lowestFirst(byte: number): number[] {
  return Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1)
}

function packed(bits: number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, at) => {
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (at & 7))
  })
  return bytes
}

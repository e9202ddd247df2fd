/**
 * Every CAR fixture there is, and what is to be found in it: a file that no line here claims fails the test. What go-car
 * says of the same files is in go-car-oracle.test.ts.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { EngineError, FileReader, inlineTaskRunner } from '../base/index.ts'
import { bytesOf } from '../testing/car-seeds.ts'
import { fixture, foreignFixture } from '../testing/fixtures.ts'
import { INDEX_SORTED, type IndexCodec, MULTIHASH_INDEX_SORTED } from './car-index.ts'
import { readCarLayout } from './car-layout.ts'
import { scanCar } from './car-scan.ts'
import { readCarStream } from './car-stream.ts'
import { openCarIndex } from './open-car-index.ts'
import { cidOf } from './section-batch.ts'
import { verifyCar } from './verify/verify-car.ts'

/** Path, version, roots, blocks that a stream gives, the error that ends it, whether it verifies, its index, its repairs. */
type Car = [
  path: string,
  version: 1 | 2 | null,
  roots: number,
  blocks: number,
  error: string | null,
  ok: boolean,
  index: CarVerdict['index'],
  repairs: CarVerdict['repairs'],
]

const CARS: Car[] = [
  ['generated/crash-index-no-header.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['truncate', 'finalize']],
  ['generated/fuzz-FuzzBlockReader-c3c7eede.bin', null, 0, 0, 'CAR_LIMIT', false, 'absent', []],
  ['generated/fuzz-FuzzCarReader-21a90a70.bin', null, 0, 0, 'CAR_LIMIT', false, 'absent', []],
  ['generated/fuzz-FuzzCarReader-5857e57e.bin', null, 0, 0, 'CAR_INVALID', false, 'absent', []],
  ['generated/fuzz-FuzzReader-c640dd07.bin', null, 0, 0, 'CAR_INVALID', false, 'absent', []],
  ['generated/fuzz-FuzzReader-e1d7f87e.bin', null, 0, 0, 'CAR_INVALID', false, 'absent', []],
  ['generated/fuzz-FuzzReader-fe93cec1.bin', 2, 1, 0, 'BLOCK_MISMATCH', false, 'unreadable', ['rebuild-index']],
  ['generated/ref-identity-0400.car', 2, 1, 0, 'BLOCK_MISMATCH', true, 'ok', []],
  ['generated/ref-sha2-256-0401-fully.car', 2, 1, 0, 'BLOCK_MISMATCH', true, 'ok', []],
  ['generated/rw-basic.car', 2, 1, 3, null, true, 'ok', []],
  ['generated/rw-dups.car', 2, 1, 40, null, true, 'ok', []],
  ['generated/rw-emptyblock.car', 2, 1, 1, null, false, 'ok', []], // its root is not in it
  ['generated/rw-emptyroots.car', 2, 0, 0, null, false, 'ok', []],
  ['generated/rw-identity-dropped.car', 2, 1, 1, null, true, 'ok', []],
  ['generated/rw-identity-stored.car', 2, 1, 3, null, true, 'ok', []],
  ['generated/rw-indexsorted.car', 2, 1, 4, null, true, 'ok', []],
  ['generated/rw-mismatch.car', 2, 1, 0, 'BLOCK_MISMATCH', false, 'ok', []],
  ['generated/rw-nilroots.car', 2, 0, 1, null, false, 'ok', []],
  ['generated/rw-padding.car', 2, 1, 2, null, true, 'ok', []],
  ['generated/rw-samedigest.car', 2, 1, 1, null, true, 'ok', []],
  ['generated/rw-unfinalized-empty.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['finalize']],
  ['generated/rw-unfinalized.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['finalize']],
  ['generated/rw-v1.car', 1, 1, 2, null, true, 'absent', []],
  ['generated/rw-withoutindex.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['finalize']],
  ['generated/torn-input-minus1.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['truncate', 'finalize']],
  ['generated/torn-input-minus20.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['truncate', 'finalize']],
  ['generated/torn-input-minus45.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['truncate', 'finalize']],
  ['generated/torn-input-minus47.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['finalize']],
  ['generated/torn-input-minus5.car', 2, 1, 0, 'CAR_UNFINALIZED', false, 'absent', ['truncate', 'finalize']],
  ['generated/v1-noroots-key.car', 1, 0, 1, null, false, 'absent', []],
  ['generated/wrap-v1.car', 2, 1, 2, null, true, 'ok', []],
  ['ipld-spec/carv1-basic.car', 1, 2, 8, null, true, 'absent', []],
  ['ipld-spec/carv2-basic.car', 2, 1, 5, null, false, 'unreadable', ['rebuild-index']],
  ['v2/testdata/sample-corrupt-pragma.car', null, 0, 0, 'CAR_TRUNCATED', false, 'absent', []],
  ['v2/testdata/sample-rootless-v42.car', null, 0, 0, 'CAR_VERSION', false, 'absent', []],
  ['v2/testdata/sample-rw-bs-v2.car', 2, 3, 3, null, true, 'ok', []],
  ['v2/testdata/sample-unixfs-v2.car', 2, 1, 3, null, true, 'ok', []],
  ['v2/testdata/sample-v1-noidentity.car', 1, 1, 1043, null, true, 'absent', []],
  ['v2/testdata/sample-v1-tailing-corrupt-section.car', 1, 1, 1048, 'CAR_TRUNCATED', false, 'absent', ['truncate']],
  ['v2/testdata/sample-v1-with-zero-len-section.car', 1, 1, 1049, 'CAR_INVALID', true, 'absent', []],
  ['v2/testdata/sample-v1-with-zero-len-section2.car', 1, 1, 20, 'CAR_INVALID', true, 'absent', []],
  ['v2/testdata/sample-v1.car', 1, 1, 1049, null, true, 'absent', []],
  [
    'v2/testdata/sample-v2-corrupt-data-and-index.car',
    2,
    1,
    0,
    'CAR_INVALID',
    false,
    'absent',
    ['truncate', 'finalize'],
  ],
  ['v2/testdata/sample-v2-indexless.car', 2, 1, 1049, null, true, 'absent', []],
  ['v2/testdata/sample-wrapped-v2.car', 2, 1, 1049, null, true, 'ok', []],
]

const INDEXES: Array<[path: string, codec: IndexCodec, records: number]> = [
  ['generated/rw-dups.generated.carindex', MULTIHASH_INDEX_SORTED, 40],
  ['v2/testdata/sample-index.carindex', INDEX_SORTED, 1049],
  ['v2/testdata/sample-multihash-index-sorted.carindex', MULTIHASH_INDEX_SORTED, 1043],
]

const OFFSETS = ['ipld-spec/carv1-basic.json', 'ipld-spec/carv2-basic.json']

/** Entries of go-car's fuzz corpora, and the bytes in each. */
const CORPORA = new Map([
  ['testdata/fuzz/FuzzCarReader/21a90a70853c333c6b9ddc133bae39a14164874ed8abdee1f6a6795311a0e546', 'FuzzCarReader'],
  ['testdata/fuzz/FuzzCarReader/5857e57e4072c6b0d8684030cc13b5570849c89b3dbf5bc0152abc66c9642f3e', 'FuzzCarReader'],
  [
    'v2/testdata/fuzz/FuzzBlockReader/c3c7eedeb4968a5b3131371ba9f5138a38c882a7fa06456595998e740a9f5a14',
    'FuzzBlockReader',
  ],
  ['v2/testdata/fuzz/FuzzReader/c640dd07c02728da32cdaa17e13646f587ea278d888a655f683d6e42f19c0316', 'FuzzReader'],
  ['v2/testdata/fuzz/FuzzReader/e1d7f87ee37f48386642fa9ac8fb6717ecba6e7e591a1ab111514f30e4b3594e', 'FuzzReader'],
  ['v2/testdata/fuzz/FuzzReader/fe93cec1356ad2fe2217292374cd93b65a482fec3a43e6021fe87f5607bd8857', 'FuzzReader'],
])

/** What other tests read. */
const ELSEWHERE = [
  'generated/go-car-oracle-results.json', // go-car-oracle.test.ts
  'generated/inline-vectors.json', // go-car-oracle.test.ts, fuzz.test.ts
  'generated/ref-payload.bin', // the source of the reference CARs: reference-blockstore.test.ts
]

function at(path: string): string | undefined {
  const own = fixture(`car/${path}`)
  return statSync(own, { throwIfNoEntry: false }) === undefined ? foreignFixture(`car/${path}`) : own
}

const claimed = [...CARS, ...INDEXES].map(([path]) => path).concat(OFFSETS, [...CORPORA.keys()], ELSEWHERE)

describe('the CAR fixtures', () => {
  for (const [whose, folder] of [
    ['of the project', fixture('car')],
    ['of other projects', foreignFixture('car')],
  ] as const)
    it.skipIf(folder === undefined)(`${whose} are all read by a test`, () => {
      const files = (readdirSync(String(folder), { recursive: true }) as string[])
        .filter((name) => statSync(join(String(folder), name)).isFile())
        .map((name) => name.replaceAll('\\', '/'))
      expect(files.filter((name) => !claimed.includes(name))).toEqual([])
    })

  for (const [path, version, roots, blocks, error, ok, index, repairs] of CARS)
    it.skipIf(at(path) === undefined)(path, async () => {
      const file = String(at(path))
      const verdict = await verifyCar(file, inlineTaskRunner)
      expect(verdict).toMatchObject({ version, ok, index, repairs })
      expect(verdict.roots).toHaveLength(roots)
      let count = 0
      let code: string | null = null
      try {
        for await (const _ of (await readCarStream(once(file))).sections) count++
      } catch (failure) {
        code = EngineError.from(failure).code
      }
      expect([count, code]).toEqual([blocks, error])
    })

  for (const [path, codec, records] of INDEXES)
    it.skipIf(at(path) === undefined)(path, async () => {
      const index = await openCarIndex(FileReader.open(String(at(path))))
      expect(index).toMatchObject({ codec, recordCount: records })
      await index.close()
    })

  for (const path of OFFSETS)
    it.skipIf(at(path) === undefined)(path, async () => {
      const { header, blocks } = JSON.parse(readFileSync(String(at(path)), 'utf8')) as Offsets
      const reader = FileReader.open(String(at(path.replace('.json', '.car'))))
      const layout = await readCarLayout(reader)
      expect(layout.roots.map(String)).toEqual(header.roots.map((root) => root['/']))
      const found: object[] = []
      for await (const batch of scanCar(reader, layout))
        for (let i = 0; i < batch.count; i++)
          found.push({
            cid: String(cidOf(batch, i)),
            offset: layout.payloadOffset + (batch.sectionOffset[i] as number),
            blockLength: batch.dataLength[i],
          })
      await reader.close()
      expect(found).toEqual(blocks.map(({ cid, offset, blockLength }) => ({ cid: cid['/'], offset, blockLength })))
    })

  for (const [path, target] of CORPORA)
    it.skipIf(at(path) === undefined)(path, () => {
      const decoded = bytesOf(readFileSync(String(at(path))))
      const kept = readFileSync(String(at(`generated/fuzz-${target}-${basename(path).slice(0, 8)}.bin`)))
      expect(Buffer.compare(decoded, kept)).toBe(0)
    })
})

interface Offsets {
  header: { roots: Array<{ '/': string }> }
  blocks: Array<{ cid: { '/': string }; offset: number; blockLength: number }>
}

async function* once(path: string) {
  yield readFileSync(path)
}

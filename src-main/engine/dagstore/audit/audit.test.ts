import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { identity } from 'multiformats/hashes/identity'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShardAudit } from '../../../../src-shared/contract/index.ts'
import { inlineTaskRunner, MemoryReader, type TaskRunner } from '../../base/index.ts'
import { INDEX_SORTED, IndexBuilder, openCarIndex } from '../../car/index.ts'
import type { Dagstore } from '../dagstore-ports.ts'
import { DagstoreHome } from '../test-kit/open-dagstore.ts'
import { encodeTestCar, rawBlock, testCar } from '../test-kit/test-cars.ts'

let home: DagstoreHome
beforeEach(async () => {
  home = await DagstoreHome.create()
})
afterEach(() => home.remove())

const car = testCar('audited', 200)
const indexPath = () => join(home.directory, 'index', `${car.key}.full.idx`)
const counts = ({ missing, misplaced, extra, damaged }: ShardAudit) => ({ missing, misplaced, extra, damaged })

async function openShard(setup = {}): Promise<Dagstore> {
  home.pieces.add(car)
  const { dagstore } = await home.open({ sequential: true, ...setup })
  await dagstore.registerPiece(car.key)
  return dagstore
}

/** Writes the index anew, each record as `change` has it; null leaves it out. */
async function rewriteIndex(
  change: (multihash: Uint8Array, offset: number, i: number) => [Uint8Array, number] | null,
  codec?: typeof INDEX_SORTED,
): Promise<void> {
  const index = await openCarIndex(new MemoryReader(await readFile(indexPath())))
  const builder = new IndexBuilder({ codec })
  let i = 0
  for await (const { multihash, offset } of index.entries()) {
    const changed = change(multihash, offset, i++)
    if (changed !== null) builder.add(...changed)
  }
  await writeFile(indexPath(), Buffer.concat([...builder.encode()].map((piece) => piece.slice())))
  builder.close()
}

describe('auditing the index of a shard', () => {
  it('says that a good one is good, with its codec and how many records and blocks there are', async () => {
    const dagstore = await openShard()
    expect(await dagstore.audit(car.key)).toEqual({
      key: car.key,
      result: 'good',
      verdict:
        'Every block can be found: 200 records lead where their blocks are. The bytes of every block match its CID.',
      remedy: null,
      codec: 'car-multihash-index-sorted',
      recordCount: 200,
      blockCount: 200,
      payload: { verified: true, reason: null, canBe: true },
      missing: 0,
      misplaced: 0,
      extra: 0,
      damaged: 0,
      examples: [],
    })
  })

  it('takes an index of the older codec for as good', async () => {
    const dagstore = await openShard()
    await rewriteIndex((multihash, offset) => [multihash, offset], INDEX_SORTED)
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', codec: 'car-index-sorted', recordCount: 200 })
    await dagstore.reindex(car.key)
    await rewriteIndex((multihash, offset, i) => (i === 7 ? null : [multihash, offset]), INDEX_SORTED)
    expect(counts(await dagstore.audit(car.key))).toEqual({ missing: 1, misplaced: 0, extra: 0, damaged: 0 })
  })

  it('lets identity CIDs be left out', async () => {
    const within = CID.createV1(0x55, identity.digest(Buffer.from('I am my own block')))
    const withIdentity = testCar('audited', 3, [{ cid: within, bytes: Buffer.from('I am my own block') }])
    home.pieces.add(withIdentity)
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(withIdentity.key)
    expect(await dagstore.audit(withIdentity.key)).toMatchObject({ result: 'good', recordCount: 4 })
    for (const codec of [undefined, INDEX_SORTED] as const) {
      await rewriteIndex((multihash, offset) => (multihash[0] === 0 ? null : [multihash, offset]), codec)
      expect(await dagstore.audit(withIdentity.key)).toMatchObject({ result: 'good', recordCount: 3 })
      await dagstore.reindex(withIdentity.key)
    }
  })

  it('tells missing, misplaced and extra records apart, names some of each, and Re-index mends them', async () => {
    const dagstore = await openShard()
    const stranger = rawBlock('not in this piece').cid.multihash.bytes
    let gone = ''
    await rewriteIndex((multihash, offset, i) => {
      if (i === 3) gone = Buffer.from(multihash).toString('hex')
      if (i === 3) return null
      if (i === 5 || i === 6) return [multihash, offset + 1]
      return i === 9 ? [stranger, offset] : [multihash, offset]
    })
    const audit = await dagstore.audit(car.key)
    expect(counts(audit)).toEqual({ missing: 2, misplaced: 2, extra: 1, damaged: 0 })
    expect(audit).toMatchObject({ result: 'index-wrong', remedy: 'reindex', recordCount: 199, blockCount: 200 })
    expect(audit.verdict).toBe(
      '2 blocks cannot be found: the index has no record of them. 2 blocks cannot be read: the index leads to the wrong place for them. 1 record names a block that is not in the piece.',
    )
    expect(audit.examples.map(({ kind }) => kind).sort()).toEqual([
      'extra',
      'misplaced',
      'misplaced',
      'missing',
      'missing',
    ])
    expect(audit.examples).toContainEqual({ kind: 'missing', multihash: gone, offset: expect.any(Number) })
    expect(audit.examples).toContainEqual({
      kind: 'extra',
      multihash: Buffer.from(stranger).toString('hex'),
      offset: expect.any(Number),
    })
    expect(await dagstore.reindex(car.key)).toMatchObject({ state: 'Available' })
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', recordCount: 200 })
  })

  it('sees an index that is missing or unreadable, and does not make it anew by looking', async () => {
    const dagstore = await openShard()
    await writeFile(indexPath(), 'no index')
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'index-unreadable', remedy: 'reindex' })
    await rm(indexPath())
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'index-missing', remedy: 'reindex', codec: null })
    expect(dagstore.info(car.key).state).toBe('Available')
  })

  it('offers no recovery for a damaged file that is read in place, but says to put a good one there', async () => {
    const path = join(home.directory, 'mounted.car')
    await writeFile(path, car.bytes)
    const { dagstore } = await home.open()
    await dagstore.register('mounted', pathToFileURL(path).href)
    await writeFile(path, car.bytes.subarray(0, car.bytes.length - 5))
    const cut = await dagstore.audit('mounted')
    expect(cut).toMatchObject({ result: 'piece-damaged', remedy: null })
    expect(cut.verdict).toContain('put the whole file back there')
  })

  it('finds blocks that are damaged, and a piece that is cut off, which no new index mends', async () => {
    const dagstore = await openShard()
    const path = dagstore.info(car.key).transientPath ?? ''
    const bytes = await readFile(path)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(path, bytes)
    const audit = await dagstore.audit(car.key)
    expect(audit).toMatchObject({ result: 'piece-damaged', remedy: 'recover', damaged: 1, missing: 0 })
    expect(audit.verdict).toContain('1 block is damaged')
    home.pieces.remove(car.key) // or the copy would be fetched anew
    await writeFile(path, bytes.subarray(0, bytes.length - 5))
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'piece-damaged', remedy: 'recover', extra: 0 })
  })

  it('does not call a block damaged whose hash function is not known here', async () => {
    const strange = CID.createV1(0x55, Digest.create(0x1052, new Uint8Array(28).fill(7)))
    home.pieces.set(car.key, encodeTestCar([...car.blocks, { cid: strange, bytes: Buffer.from('who knows') }]))
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key)
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', damaged: 0, blockCount: 201 })
  })

  it('reads the copy that is there although no source has the piece any more', async () => {
    const dagstore = await openShard()
    home.pieces.remove(car.key)
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', payload: { verified: true } })
  })

  it('counts every record of a block that is not there, also those of one digest', async () => {
    const dagstore = await openShard()
    const index = await openCarIndex(new MemoryReader(await readFile(indexPath())))
    const builder = new IndexBuilder()
    for await (const { multihash, offset } of index.entries()) builder.add(multihash, offset)
    const { cid } = rawBlock('nowhere')
    for (const offset of [17, 170, 1700]) builder.add(cid.multihash.bytes, offset)
    await writeFile(indexPath(), Buffer.concat([...builder.encode()].map((part) => part.slice())))
    builder.close()
    const audit = await dagstore.audit(car.key)
    expect(audit).toMatchObject({ result: 'index-wrong', remedy: 'reindex', extra: 3 })
    expect(audit.verdict).toContain('3 records name blocks')
  })

  it('compares also what is in no file, and says that its bytes were not hashed', async () => {
    const dagstore = await openShard({ sequential: false })
    const audit = await dagstore.audit(car.key)
    expect(audit).toMatchObject({ result: 'good', damaged: null, blockCount: 200 })
    expect(audit.verdict).toContain('not hashed')
    expect(audit.payload).toMatchObject({ verified: false, canBe: true })
    expect(audit.payload.reason).toContain('full audit')
  })

  it('hashes also what is in no file when a full audit is asked for, in workers, and finds damage there', async () => {
    const used: string[] = []
    const tasks: TaskRunner = {
      parallelism: 1,
      run: (task, input, options) => {
        used.push(task.name)
        return inlineTaskRunner.run(task, input, options)
      },
    }
    const dagstore = await openShard({ sequential: false, tasks })
    const audit = await dagstore.audit(car.key, { full: true })
    expect(audit).toMatchObject({ result: 'good', damaged: 0, payload: { verified: true, reason: null } })
    expect(used).toContain('dagstore.hashSections')
    const damaged = Uint8Array.from(car.bytes)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    home.pieces.set(car.key, damaged)
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', damaged: null })
    expect(await dagstore.audit(car.key, { full: true })).toMatchObject({ result: 'piece-damaged', damaged: 1 })
  })

  it.each([
    ['only sealed', () => home.pieces.sealed.add(car.key), 'Only a sealed copy exists.'],
    ['gone', () => home.pieces.remove(car.key), 'No source has its data.'],
  ])('of a piece that is %s says what was looked at, and why no more', async (_name, away, reason) => {
    const dagstore = await openShard({ sequential: false })
    away()
    for (const full of [false, true]) {
      const audit = await dagstore.audit(car.key, { full })
      expect(audit).toMatchObject({ result: 'not-compared', recordCount: 200, blockCount: null, remedy: null })
      expect(audit.payload).toEqual({ verified: false, reason, canBe: false })
      expect(audit.verdict).toBe(
        `The index can be read and has 200 records, but it was not compared with the piece. ${reason}`,
      )
    }
    await writeFile(indexPath(), 'no index')
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'index-unreadable', payload: { verified: false } })
  })

  it('tells how far it is, and can be cancelled', async () => {
    const large = { ...car, bytes: encodeTestCar([rawBlock('root'), ...manyBlocks(40, 1 << 20)]) }
    home.pieces.add(large)
    const { dagstore } = await home.open({ sequential: true })
    await dagstore.registerPiece(car.key)
    const seen: number[] = []
    const controller = new AbortController()
    await expect(
      dagstore.audit(car.key, {
        signal: controller.signal,
        onProgress: ({ doneBytes }) => {
          seen.push(doneBytes)
          if (seen.length > 2) controller.abort()
        },
      }),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(seen.length).toBeLessThan(8)
    expect(await dagstore.audit(car.key)).toMatchObject({ result: 'good', blockCount: 41 })
  })
})

function manyBlocks(count: number, size: number) {
  return Array.from({ length: count }, (_, i) => rawBlock(Buffer.alloc(size, i)))
}

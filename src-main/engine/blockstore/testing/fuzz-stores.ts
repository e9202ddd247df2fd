/** What a damaged or hostile CAR must not do to a store: crash it, hang it, or make it give bytes that are not the block's. */
import type { CID } from 'multiformats/cid'
import { EngineError, MemoryReader } from '../../base/index.ts'
import { matchesMultihash, readCarLayout } from '../../car/index.ts'
import { defect, mutate, Random, refused, seedOf } from '../../car/testing/fuzz-target.ts'
import { rawBlock } from '../../testing/blocks.ts'
import { RecordedFile } from '../../testing/recorded-file.ts'
import { type Blockstore, openReadOnlyBlockstore, ReadWriteBlockstore } from '../index.ts'

/** Opens `bytes` as every kind of store, reads all that it gives, and goes on with the writable ones. `path` is for locks. */
export async function openEveryWay(bytes: Uint8Array, path: string): Promise<void> {
  for (const zeroLengthSectionAsEnd of [false, true])
    await refused(async () => {
      const store = await openReadOnlyBlockstore(new MemoryReader(bytes), { zeroLengthSectionAsEnd })
      try {
        await readAll(store)
      } finally {
        await store.close()
      }
    })
  for (const repair of [false, true]) await resume(bytes, path, repair)
}

/** Nothing may be lost or changed by going on: every block that could be read before can be read after. */
async function resume(bytes: Uint8Array, path: string, repair: boolean): Promise<void> {
  const file = new RecordedFile(path, bytes)
  let readable: CID[] = []
  const opened = await refused(async () => {
    const { roots, version } = await readCarLayout(new MemoryReader(bytes), { allowUnfinalized: true })
    const store = await ReadWriteBlockstore.open(path, { roots, carV1: version === 1, repair, openFile: file.opener })
    try {
      readable = await readAll(store)
      const { cid, bytes: data } = await rawBlock('one more')
      await store.put(cid, data)
      readable.push(cid)
    } catch (error) {
      await store.discard()
      throw error
    }
    await store.finalize()
  })
  if (opened) return
  const store = await openReadOnlyBlockstore(new MemoryReader(file.content))
  for (const cid of readable) await store.get(cid)
  await store.close()
}

/** The CIDs of all blocks that can be read. */
async function readAll(store: Blockstore): Promise<CID[]> {
  const readable: CID[] = []
  for await (const cid of store.cids()) {
    let data: Uint8Array | null = null
    await refused(async () => {
      data = await store.get(cid)
    })
    if (data === null) continue
    if (!(await matchesMultihash(cid.multihash, data))) throw defect(`${cid} was given bytes that are not its own`)
    readable.push(cid)
  }
  return readable
}

/** As `openEveryWay`; a failure names the input. */
export async function survive(name: string, bytes: Uint8Array, path: string): Promise<void> {
  try {
    await openEveryWay(bytes, path)
  } catch (cause) {
    throw new EngineError('INTERNAL', `${name}: ${Buffer.from(bytes.subarray(0, 2000)).toString('hex')}`, { cause })
  }
}

/** Gives damaged copies of the files without end, the same for the same number. */
export async function damage(
  files: ReadonlyArray<{ name: string; bytes: Uint8Array }>,
  number: number,
): Promise<() => { name: string; bytes: Uint8Array }> {
  const seeds = await Promise.all(files.map(({ name, bytes }) => seedOf(name, bytes)))
  const random = new Random(number)
  return () => {
    const seed = random.pick(seeds)
    return { name: seed.name, bytes: mutate(seed, seeds, random) }
  }
}

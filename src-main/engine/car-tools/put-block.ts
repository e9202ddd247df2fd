import { stat } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError, FileReader } from '../base/index.ts'
import { ReadWriteBlockstore } from '../blockstore/index.ts'
import { type CarLayout, computeDigest, matchesMultihash, readCarLayout, SHA2_256_CODE } from '../car/index.ts'

/** Codecs that a block can be put under without a CID. */
export const PUT_CODECS: Readonly<Record<string, number>> = {
  raw: 0x55,
  'dag-pb': 0x70,
  'dag-cbor': 0x71,
  'dag-json': 0x0129,
}

export interface PutBlockOptions {
  /** What the CID is made of; or the CID that the bytes must have. */
  as: { codec: string } | { cid: CID }
  version: 1 | 2
  /** Only for a new file. */
  setRoot: boolean
}

/** Adds a block to a CAR, which is created where there is none. A file that is there keeps its version and roots. */
export async function putBlock(
  path: string,
  bytes: Uint8Array,
  options: PutBlockOptions,
): Promise<{ cid: CID; created: boolean; version: 1 | 2; rootCount: number }> {
  const cid = 'cid' in options.as ? await checkedCid(options.as.cid, bytes) : await cidOf(options.as.codec, bytes)
  const layout = await layoutOf(path)
  if (layout !== null && options.setRoot)
    throw new EngineError(
      'INVALID_ARGUMENT',
      'The roots of a CAR are set when it is made: cannot use --set-root when appending to existing file.',
    )
  const roots = layout?.roots ?? (options.setRoot ? [cid] : [])
  const version = layout?.version ?? options.version
  const store = await ReadWriteBlockstore.open(path, { roots, carV1: version === 1 })
  try {
    await store.put(cid, bytes)
    await store.finalize()
  } catch (error) {
    await store.discard()
    throw error
  }
  return { cid, created: layout === null, version, rootCount: roots.length }
}

async function cidOf(codec: string, bytes: Uint8Array): Promise<CID> {
  const code = PUT_CODECS[codec]
  if (code === undefined)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `unsupported codec: ${codec}. There are ${Object.keys(PUT_CODECS).join(', ')}.`,
    )
  return CID.createV1(code, createDigest(SHA2_256_CODE, await computeDigest(SHA2_256_CODE, bytes)))
}

async function checkedCid(cid: CID, bytes: Uint8Array): Promise<CID> {
  if (await matchesMultihash(cid.multihash, bytes)) return cid
  throw new EngineError('BLOCK_MISMATCH', `CID mismatch: the bytes do not hash to ${cid}.`)
}

async function layoutOf(path: string): Promise<CarLayout | null> {
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  if (!there) return null
  const reader = FileReader.open(path)
  try {
    return await readCarLayout(reader, { allowUnfinalized: true })
  } finally {
    await reader.close()
  }
}

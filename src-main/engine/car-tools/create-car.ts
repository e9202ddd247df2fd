import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError, type LongWorkOptions, type TaskRunner } from '../base/index.ts'
import { SelfContainedCarWriter } from '../blockstore/index.ts'
import { computeDigest, extractCar, SHA2_256_CODE } from '../car/index.ts'
import { buildPath, type DagSink } from '../unixfs/index.ts'

/** What `car create` of go-car builds: CIDv1, raw leaves, 256 KiB chunks, 174 links. */
const PROFILE = 'kubo-cidv1'

interface Entry {
  name: string
  cid: CID
  /** Bytes of all blocks below, as dag-pb links state them. */
  treeBytes: number
}

/** Writes the DAG of files and folders as a CAR, under one folder unless `wrap` is false. */
export async function createCar(
  paths: readonly string[],
  outPath: string,
  tasks: TaskRunner,
  options: LongWorkOptions & { wrap: boolean; version: 1 | 2 },
): Promise<{ root: CID }> {
  if (!options.wrap && paths.length > 1)
    throw new EngineError(
      'INVALID_ARGUMENT',
      'Several files need a folder around them: no-wrap cannot be set with them.',
    )
  if (await exists(outPath)) throw new EngineError('FILE_EXISTS', `${outPath} exists already. Choose another name.`)
  const writer = await SelfContainedCarWriter.create(outPath)
  try {
    const entries: Entry[] = []
    for (const path of paths) entries.push(await addPath(path, writer, tasks, options))
    const root = options.wrap ? await addFolder(entries, writer) : (entries[0] as Entry).cid
    await writer.finish(root)
    if (options.version === 1) await extractCar(outPath, outPath)
    return { root }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function addPath(
  path: string,
  writer: SelfContainedCarWriter,
  tasks: TaskRunner,
  options: LongWorkOptions,
): Promise<Entry> {
  let last: Uint8Array = new Uint8Array(0)
  const add = (cid: CID, bytes: Uint8Array) => {
    last = bytes
    return writer.put(cid, bytes)
  }
  const sink: DagSink = { leafBytes: true, leaf: (cid, bytes) => add(cid, bytes ?? last), node: add }
  const { signal, onProgress } = options
  const { root } = await buildPath(path, { signal, onProgress, profile: PROFILE, tasks, sink })
  return { name: basename(path), cid: root, treeBytes: treeBytesOf(root, last) }
}

async function addFolder(entries: Entry[], writer: SelfContainedCarWriter): Promise<CID> {
  const links = entries.map(({ name, cid, treeBytes }) => ({ Name: name, Hash: cid, Tsize: treeBytes }))
  const bytes = dagPb.encode(dagPb.prepare({ Data: new UnixFS({ type: 'directory' }).marshal(), Links: links }))
  const root = CID.createV1(dagPb.code, createDigest(SHA2_256_CODE, await computeDigest(SHA2_256_CODE, bytes)))
  await writer.put(root, bytes)
  return root
}

function treeBytesOf(cid: CID, bytes: Uint8Array): number {
  if (cid.code !== dagPb.code) return bytes.length
  return dagPb.decode(bytes).Links.reduce((sum, link) => sum + (link.Tsize ?? 0), bytes.length)
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

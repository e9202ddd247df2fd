/**
 * Following a path below a root by blocks that come from elsewhere, storing those on the way. What a gateway says of a path
 * is not believed: each block is checked, and the path is followed here.
 */
import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { Blockstore, DagSource } from '../../blockstore/index.ts'
import { cidOf, dataOf, readCarStream } from '../../car/index.ts'
import type { PeerResponse } from '../../net/index.ts'
import { type ResolvedPath, resolvePath } from '../../unixfs/index.ts'
import { blockKey } from './dag-frontier.ts'
import { checkHash } from './dag-intake.ts'
import {
  type BlockCopy,
  type BlockPull,
  copyOnRead,
  FilledOnRead,
  fetchBlock,
  MAX_BLOCK_BYTES,
} from './filled-on-read.ts'

interface PathCopy extends BlockCopy {
  /** Names of entries, or steps of the data model. */
  path: string
}

export type PathPull = PathCopy & BlockPull

/** Of a gateway's answer for a path: that is its nodes, which are few and small. */
const MAX_PATH_BYTES = 32 * 1024 * 1024
const MAX_CID_BYTES = 256

/** From what this machine holds. FILE_NOT_FOUND when nothing is at the path, BLOCK_NOT_FOUND when nothing holds the root. */
export function copyPath(copy: PathCopy & { dags: DagSource }): Promise<ResolvedPath> {
  return copyOnRead(copy, (blockstore) => follow(blockstore, copy))
}

/**
 * From trustless gateways. The nodes of a path come in one answer of a gateway that can follow it; those that are missing
 * then, as of a path of the data model through dag-pb, are asked for one by one. FILE_NOT_FOUND when nothing is at the
 * path; PEER_UNAVAILABLE, PEER_PROTOCOL and BLOCK_NOT_FOUND as of `pullDag`.
 */
export function pullPath(pull: PathPull): Promise<ResolvedPath> {
  let offered: Map<string, Uint8Array> | null = null
  const blockstore = new FilledOnRead(pull, async (cid) => {
    offered ??= await nodesOffered(pull)
    return offered.get(blockKey(cid)) ?? fetchBlock(pull, cid)
  })
  return follow(blockstore, pull)
}

function follow(blockstore: Blockstore, { root, path, signal }: PathCopy): Promise<ResolvedPath> {
  return resolvePath(blockstore, root, path, { signal, dataModel: true })
}

/** What the first gateway that can follow the path gives for it, each block checked; nothing where none can. */
async function nodesOffered(pull: PathPull): Promise<Map<string, Uint8Array>> {
  const { root, path, providers, client, signal, requestId } = pull
  const inUrl = path.split('/').map(encodeURIComponent).join('/')
  for (const url of providers) {
    const response = await client
      .request(`${url}/ipfs/${root}/${inUrl}?format=car&dag-scope=block&car-order=dfs&car-dups=n`, {
        headers: { Accept: 'application/vnd.ipld.car;version=1;order=dfs;dups=n', 'X-Request-Id': requestId },
        signal,
      })
      .catch(() => null) // told when its blocks are asked for
    throwIfAborted(signal)
    if (response === null) continue
    const isCar = /^application\/vnd\.ipld\.car\b/i.test(response.headers['content-type'] ?? '')
    if (response.status !== 200 || !isCar) response.discard()
    else return takeNodes(response, pull)
  }
  return new Map()
}

async function takeNodes(response: PeerResponse, pull: PathPull): Promise<Map<string, Uint8Array>> {
  const nodes = new Map<string, Uint8Array>()
  const maxBlockBytes = pull.maxBlockBytes ?? MAX_BLOCK_BYTES
  let takenBytes = 0
  try {
    const stream = await readCarStream(response.chunks(), {
      maxSectionBytes: maxBlockBytes + MAX_CID_BYTES,
      maxHeaderBytes: 1024 * 1024,
    })
    for await (const batch of stream.batches)
      for (let i = 0; i < batch.count; i++) {
        const cid = cidOf(batch, i)
        const bytes = dataOf(batch, i).slice()
        takenBytes += bytes.length
        // A gateway that knows no scopes sends everything below, too: that is asked for when its turn comes.
        if (takenBytes > MAX_PATH_BYTES) return nodes
        await checkHash(response.origin, cid, bytes)
        nodes.set(blockKey(cid), bytes)
      }
  } catch (error) {
    // A cut answer is as good as a short one; of one that lies nothing is kept.
    throwIfAborted(pull.signal)
    if (EngineError.is(error, 'PEER_PROTOCOL')) throw error
  }
  return nodes
}

/**
 * Following a path below a root by blocks that come from elsewhere, storing those on the way. What a gateway says of a path
 * is not believed: each block is checked, and the path is followed here.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { Blockstore, DagSource, WritableBlockstore } from '../../blockstore/index.ts'
import { cidOf, dataOf, isIdentity, readCarStream } from '../../car/index.ts'
import type { HttpClient, PeerResponse } from '../../net/index.ts'
import { type ResolvedPath, resolvePath } from '../../unixfs/index.ts'
import { blockKey } from './dag-frontier.ts'
import { checkHash } from './dag-intake.ts'

interface PathCopy {
  root: CID
  /** Names of entries, or steps of the data model. */
  path: string
  store: WritableBlockstore
  signal: AbortSignal
  /** A block has been stored. */
  onBlock(cid: CID, bytes: Uint8Array): void
}

export interface PathPull extends PathCopy {
  /** Base URLs, in order of preference. */
  providers: string[]
  client: HttpClient
  requestId: string
  maxBlockBytes?: number
}

type FetchBlock = (cid: CID) => Promise<Uint8Array>

const MAX_BLOCK_BYTES = 2 * 1024 * 1024
/** Of a gateway's answer for a path: that is its nodes, which are few and small. */
const MAX_PATH_BYTES = 32 * 1024 * 1024
const MAX_CID_BYTES = 256
const ABSENT = new Set([404, 410, 412, 451])

/** From what this machine holds. FILE_NOT_FOUND when nothing is at the path, BLOCK_NOT_FOUND when nothing holds the root. */
export async function copyPath({ dags, ...copy }: PathCopy & { dags: DagSource }): Promise<ResolvedPath> {
  const { root, signal } = copy
  const dag = await dags.open(root, { signal })
  if (dag === null)
    throw new EngineError(
      'BLOCK_NOT_FOUND',
      `Nothing on this machine holds ${root}: no import, no earlier retrieval.`,
      {
        details: { cid: root.toString() },
      },
    )
  try {
    return await followPath(copy, (cid) => dag.blockstore.get(cid, { signal }))
  } finally {
    await dag.release()
  }
}

/**
 * From trustless gateways. The nodes of a path come in one answer of a gateway that can follow it; those that are missing
 * then, as of a path of the data model through dag-pb, are asked for one by one. FILE_NOT_FOUND when nothing is at the
 * path; PEER_UNAVAILABLE, PEER_PROTOCOL and BLOCK_NOT_FOUND as of `pullDag`.
 */
export function pullPath(pull: PathPull): Promise<ResolvedPath> {
  let offered: Map<string, Uint8Array> | null = null
  return followPath(pull, async (cid) => {
    offered ??= await nodesOffered(pull)
    return offered.get(blockKey(cid)) ?? fetchBlock(pull, cid)
  })
}

function followPath(copy: PathCopy, fetch: FetchBlock): Promise<ResolvedPath> {
  const { root, path, signal } = copy
  return resolvePath(new FilledOnRead(copy, fetch), root, path, { signal, dataModel: true })
}

/** A store that gets what it lacks when it is asked for it. */
class FilledOnRead implements Blockstore {
  readonly roots: readonly CID[]
  readonly #copy: PathCopy
  readonly #fetch: FetchBlock

  constructor(copy: PathCopy, fetch: FetchBlock) {
    this.roots = [copy.root]
    this.#copy = copy
    this.#fetch = fetch
  }

  async get(cid: CID): Promise<Uint8Array> {
    const { store, signal, onBlock } = this.#copy
    if (isIdentity(cid)) return cid.multihash.digest
    if (await store.has(cid)) return store.get(cid)
    throwIfAborted(signal)
    const bytes = await this.#fetch(cid)
    await store.put(cid, bytes, { verify: false })
    onBlock(cid, bytes)
    return bytes
  }

  async size(cid: CID): Promise<number> {
    return (await this.get(cid)).length
  }

  has(cid: CID): Promise<boolean> {
    return this.#copy.store.has(cid)
  }

  cids() {
    return this.#copy.store.cids()
  }

  async close(): Promise<void> {}
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

async function fetchBlock(pull: PathPull, cid: CID): Promise<Uint8Array> {
  const { providers, client, signal, requestId } = pull
  let failure: EngineError | null = null
  for (const url of providers) {
    try {
      const response = await client.request(`${url}/ipfs/${cid}?format=raw`, {
        headers: { Accept: 'application/vnd.ipld.raw', 'X-Request-Id': requestId },
        signal,
      })
      if (ABSENT.has(response.status)) response.discard()
      else if (response.status !== 200) failure = await response.error()
      else {
        const bytes = await response.bytes(pull.maxBlockBytes ?? MAX_BLOCK_BYTES)
        await checkHash(response.origin, cid, bytes)
        return bytes
      }
    } catch (error) {
      throwIfAborted(signal)
      failure = EngineError.from(error)
    }
  }
  if (failure !== null) throw failure
  const who = providers.length === 1 ? `${providers[0]} does not have` : 'None of the providers has'
  throw new EngineError('BLOCK_NOT_FOUND', `${who} ${cid}.`, { details: { cid: cid.toString() } })
}

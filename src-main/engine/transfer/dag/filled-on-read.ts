/**
 * Reading a DAG whose blocks come from elsewhere, one by one as they are asked for: each is checked and stored. For walks
 * that only their reader can steer: along a path, or as a selector says.
 */
import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { Blockstore, DagSource, WritableBlockstore } from '../../blockstore/index.ts'
import { isIdentity } from '../../car/index.ts'
import type { HttpClient } from '../../net/index.ts'
import { checkHash } from './dag-intake.ts'

export interface BlockCopy {
  root: CID
  store: WritableBlockstore
  signal: AbortSignal
  /** A block has been stored. */
  onBlock(cid: CID, bytes: Uint8Array): void
}

export interface BlockPull extends BlockCopy {
  /** Base URLs, in order of preference. */
  providers: string[]
  client: HttpClient
  requestId: string
  maxBlockBytes?: number
}

type FetchBlock = (cid: CID) => Promise<Uint8Array>

export const MAX_BLOCK_BYTES = 2 * 1024 * 1024
const ABSENT = new Set([404, 410, 412, 451])

/** Reads through to what this machine holds. BLOCK_NOT_FOUND when nothing holds the root. */
export async function copyOnRead<Result>(
  { dags, ...copy }: BlockCopy & { dags: DagSource },
  read: (blockstore: Blockstore) => Promise<Result>,
): Promise<Result> {
  const { root, signal } = copy
  const dag = await dags.open(root, { signal })
  if (dag === null) throw notHere(root)
  try {
    return await read(new FilledOnRead(copy, (cid) => dag.blockstore.get(cid, { signal })))
  } finally {
    await dag.release()
  }
}

/** Reads through to trustless gateways. PEER_UNAVAILABLE, PEER_PROTOCOL and BLOCK_NOT_FOUND as of `pullDag`. */
export function pullOnRead(pull: BlockPull): Blockstore {
  return new FilledOnRead(pull, (cid) => fetchBlock(pull, cid))
}

export function notHere(root: CID): EngineError {
  return new EngineError('BLOCK_NOT_FOUND', `Nothing on this machine holds ${root}: no import, no earlier retrieval.`, {
    details: { cid: root.toString() },
  })
}

/** A store that gets what it lacks when it is asked for it. */
export class FilledOnRead implements Blockstore {
  readonly roots: readonly CID[]
  readonly #copy: BlockCopy
  readonly #fetch: FetchBlock

  constructor(copy: BlockCopy, fetch: FetchBlock) {
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

export async function fetchBlock(pull: BlockPull, cid: CID): Promise<Uint8Array> {
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

import { randomUUID } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { code as rawCode } from 'multiformats/codecs/raw'
import type { BlockView, BrowseSession, DagEntry } from '../../../src-shared/contract/index.ts'
import { EngineError, parseCid, writeFileAtomic } from '../base/index.ts'
import { blockCodecName } from '../car/index.ts'
import type { Dagstore, ShardAccessor } from '../dagstore/index.ts'
import { type DirectoryEntry, listEntries } from '../unixfs/index.ts'
import { blockLinks } from './block-links.ts'

interface Session {
  accessor: ShardAccessor
  stopWatching(): void
}

/** Shards that somebody looks into. Each session holds its shard acquired until it is released or its caller is gone. */
export class BrowseSessions {
  readonly #dagstore: Dagstore
  readonly #sessions = new Map<string, Session>()

  constructor(dagstore: Dagstore) {
    this.#dagstore = dagstore
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((sessionId) => this.release({ sessionId })))
  }

  /** `until` is aborted when the caller's connection ends; the session ends with it. */
  async acquire(input: { key: string }, options: { signal?: AbortSignal; until: AbortSignal }): Promise<BrowseSession> {
    const accessor = await this.#dagstore.acquire(input.key, { signal: options.signal })
    const sessionId = randomUUID()
    const release = () => void this.release({ sessionId })
    options.until.addEventListener('abort', release, { once: true })
    this.#sessions.set(sessionId, {
      accessor,
      stopWatching: () => options.until.removeEventListener('abort', release),
    })
    if (options.until.aborted) release()
    return {
      sessionId,
      key: input.key,
      roots: accessor.blockstore.roots.map(String),
      blockCount: accessor.index.recordCount,
    }
  }

  async release(input: { sessionId: string }): Promise<{ sessionId: string }> {
    const session = this.#sessions.get(input.sessionId)
    this.#sessions.delete(input.sessionId)
    session?.stopWatching()
    await session?.accessor.close()
    return input
  }

  /** Entries of a directory, or the links of any other node. */
  async entries(
    input: { sessionId: string; cid: string; after: string | null; limit: number },
    signal?: AbortSignal,
  ): Promise<{ entries: DagEntry[]; next: string | null }> {
    const { blockstore } = this.#session(input.sessionId).accessor
    const cid = parseCid(input.cid)
    const page = await listEntries(blockstore, cid, { after: input.after, limit: input.limit, signal }).catch(
      (error: unknown) => {
        if (EngineError.is(error, 'UNIXFS_INVALID') || EngineError.is(error, 'UNSUPPORTED')) return null
        throw error
      },
    )
    if (page === null) return { entries: await this.#linksAsEntries(blockstore, cid, signal), next: null }
    const entries = await Promise.all(
      page.entries.map(async (entry) => toDagEntry(entry, await blockstore.has(entry.cid, { signal }))),
    )
    return { entries, next: page.next }
  }

  async block(input: { sessionId: string; cid: string; maxBytes: number }, signal?: AbortSignal): Promise<BlockView> {
    const { blockstore, index } = this.#session(input.sessionId).accessor
    const cid = parseCid(input.cid)
    const bytes = await blockstore.get(cid, { signal })
    const [offset] = await index.find(cid.multihash.bytes)
    return {
      cid: cid.toString(),
      codec: blockCodecName(cid.code),
      multihash: Buffer.from(cid.multihash.bytes).toString('hex'),
      sizeBytes: bytes.length,
      offset: offset ?? null,
      bytes: Buffer.from(bytes.subarray(0, input.maxBytes)).toString('base64'),
      links: blockLinks(cid, bytes).map((link) => ({
        name: link.name,
        cid: link.cid.toString(),
        size: link.sizeBytes,
      })),
      verified: true,
    }
  }

  /** Acquires, reads one block whole and checks it, releases. With `outPath` the bytes go there. */
  async getBlock(
    input: { key: string; cid: string; outPath: string | null },
    signal?: AbortSignal,
  ): Promise<{ key: string; cid: string; sizeBytes: number; bytes: string | null }> {
    const cid = parseCid(input.cid)
    const accessor = await this.#dagstore.acquire(input.key, { signal })
    try {
      const bytes = await accessor.blockstore.get(cid, { signal })
      if (input.outPath !== null) await writeFileAtomic(input.outPath, bytes)
      return {
        key: input.key,
        cid: cid.toString(),
        sizeBytes: bytes.length,
        bytes: input.outPath === null ? Buffer.from(bytes).toString('base64') : null,
      }
    } finally {
      await accessor.close()
    }
  }

  async #linksAsEntries(
    blockstore: ShardAccessor['blockstore'],
    cid: CID,
    signal: AbortSignal | undefined,
  ): Promise<DagEntry[]> {
    const links = blockLinks(cid, await blockstore.get(cid, { signal }))
    return Promise.all(
      links.map(async (link) => ({
        name: link.name,
        cid: link.cid.toString(),
        type: !(await blockstore.has(link.cid, { signal })) ? 'missing' : link.cid.code === rawCode ? 'raw' : 'node',
        size: link.sizeBytes,
      })),
    )
  }

  #session(sessionId: string): Session {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) throw new EngineError('SESSION_NOT_FOUND', 'This shard is no longer open here.')
    return session
  }
}

function toDagEntry(entry: DirectoryEntry, present: boolean): DagEntry {
  return {
    name: entry.name,
    cid: entry.cid.toString(),
    type: present ? (entry.type === 'other' ? 'node' : entry.type) : 'missing',
    size: entry.sizeBytes,
  }
}

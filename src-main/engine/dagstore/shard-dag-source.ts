import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { DagSource, OpenDag } from '../blockstore/index.ts'
import type { ShardAccessor, ShardLookup } from './dagstore-ports.ts'

export interface ShardDagPorts {
  lookup(cid: CID, signal?: AbortSignal): Promise<ShardLookup[]>
  acquire(key: string, signal?: AbortSignal): Promise<ShardAccessor>
}

/** Finds a shard that holds a CID, and acquires it. Shards that can be read now are asked first. */
export class ShardDagSource implements DagSource {
  readonly #ports: ShardDagPorts

  constructor(ports: ShardDagPorts) {
    this.#ports = ports
  }

  async open(cid: CID, options: { signal?: AbortSignal } = {}): Promise<OpenDag | null> {
    const { signal } = options
    const candidates = await this.#ports.lookup(cid, signal)
    let failure: EngineError | null = null
    for (const { key } of readableFirst(candidates)) {
      try {
        const accessor = await this.#ports.acquire(key, signal)
        if (await accessor.blockstore.has(cid, { signal }))
          return { blockstore: accessor.blockstore, release: () => accessor.close() }
        await accessor.close()
      } catch (error) {
        throwIfAborted(signal)
        failure = EngineError.from(error)
      }
    }
    if (failure !== null) throw failure
    return null
  }
}

const ORDER = ['Serving', 'Available']

/** Shards that can be read now, then the others. */
export function readableFirst(shards: ShardLookup[]): ShardLookup[] {
  return [...shards].sort((a, b) => rank(a) - rank(b))
}

function rank({ state }: ShardLookup): number {
  const place = ORDER.indexOf(state)
  return place < 0 ? ORDER.length : place
}

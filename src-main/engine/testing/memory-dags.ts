import type { CID } from 'multiformats/cid'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { EngineError, inlineTaskRunner } from '../base/index.ts'
import type { BlockOptions, DagSource, OpenDag, WritableBlockstore } from '../blockstore/index.ts'
import { isIdentity, verifyBlock } from '../car/index.ts'
import { buildStream } from '../unixfs/index.ts'

/** Blocks in memory. `opened` tells how many users hold it. */
export class MemoryDags implements WritableBlockstore, DagSource {
  readonly roots: CID[] = []
  readonly blocks = new Map<string, { cid: CID; bytes: Uint8Array }>()
  opened = 0

  /** Adds a file's DAG and returns its root. */
  async addFile(content: Uint8Array, profile: UnixfsProfile = 'unixfs-v1-2025'): Promise<CID> {
    const put = (cid: CID, bytes: Uint8Array | null) => {
      if (bytes !== null) this.blocks.set(cid.toString(), { cid, bytes: bytes.slice() })
    }
    async function* once() {
      yield content
    }
    const { root } = await buildStream(once(), {
      profile,
      tasks: inlineTaskRunner,
      sink: { leafBytes: true, leaf: put, node: put },
    })
    return root
  }

  async open(cid: CID): Promise<OpenDag | null> {
    if (!(await this.has(cid))) return null
    this.opened++
    let released = false
    return {
      blockstore: this,
      release: async () => {
        if (!released) this.opened--
        released = true
      },
    }
  }

  async has(cid: CID): Promise<boolean> {
    return isIdentity(cid) || this.blocks.has(cid.toString())
  }

  async get(cid: CID, options: BlockOptions = {}): Promise<Uint8Array> {
    if (isIdentity(cid)) return cid.multihash.digest
    const found = this.blocks.get(cid.toString())
    if (found === undefined) throw new EngineError('BLOCK_NOT_FOUND', `Block ${cid} is not here.`)
    if (options.verify !== false) await verifyBlock(cid, found.bytes)
    return found.bytes
  }

  async size(cid: CID): Promise<number> {
    return (await this.get(cid, { verify: false })).length
  }

  async *cids(): AsyncGenerator<CID> {
    for (const { cid } of this.blocks.values()) yield cid
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    await verifyBlock(cid, bytes)
    this.blocks.set(cid.toString(), { cid, bytes })
  }

  async sync(): Promise<void> {}
  async close(): Promise<void> {}
}

import type { CID } from 'multiformats/cid'
import type { EngineError } from '../../base/index.ts'
import type { BlockOptions, Blockstore, OpenDag } from '../../blockstore/index.ts'
import { MemoryDags } from '../../testing/memory-dags.ts'
import { content } from './carport.ts'

/** Once the deal is prepared, gives only the blocks of the first chunk until the gate is opened. */
class GatedDags extends MemoryDags {
  openGate: () => void = () => {}
  failWith: (error: EngineError) => void = () => {}
  readonly #gate = new Promise<void>((resolve, reject) => {
    this.openGate = resolve
    this.failWith = reject
  })
  #opens = 0

  constructor() {
    super()
    this.#gate.catch(() => {})
  }

  override async open(cid: CID): Promise<OpenDag | null> {
    const dag = await super.open(cid)
    const isOffered = ++this.#opens > 2
    if (dag === null || !isOffered) return dag
    const ungated = [...this.blocks.keys()].slice(0, 8)
    const get = async (wanted: CID, options: BlockOptions = {}) => {
      if (wanted.code === 0x55 && !ungated.includes(wanted.toString()))
        await Promise.race([this.#gate, aborted(options.signal)])
      return this.get(wanted, options)
    }
    return {
      blockstore: new Proxy<Blockstore>(this, { get: (_, name) => (name === 'get' ? get : bound(this, name)) }),
      release: dag.release,
    }
  }
}

export async function gatedDags(sizeBytes: number): Promise<{ dags: GatedDags; root: CID }> {
  const dags = new GatedDags()
  return { dags, root: await dags.addFile(content(sizeBytes)) }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

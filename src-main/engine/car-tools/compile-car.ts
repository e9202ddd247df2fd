import * as dagJson from '@ipld/dag-json'
import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import { CarFileWriter } from '../car/index.ts'
import { encodeBlock, linksInValue, mapLinks, sameKindOfCid } from './block-value.ts'
import type { BlockText, CarText } from './car-text.ts'

export interface CompiledCar {
  roots: CID[]
  blockCount: number
  /** Blocks that have another CID than in the text: those edited, and those that lead to them. */
  renamed: Array<{ from: CID; to: CID }>
}

/**
 * Encodes the blocks of a text into a CAR, in the order of the text. A block that was edited gets the CID of what it is
 * now, and links and roots follow it. INVALID_ARGUMENT where a body is not what its codec takes, or blocks lead in a circle.
 */
export async function compileCar(
  text: CarText,
  outPath: string,
  options: { signal?: AbortSignal } = {},
): Promise<CompiledCar> {
  const naming = new Naming(text.blocks)
  for (const { cid } of text.blocks) {
    throwIfAborted(options.signal)
    await naming.name(cid)
  }
  const roots = text.roots.map(naming.now)
  const writer = await CarFileWriter.create(outPath, { version: text.version, roots })
  try {
    for (const block of text.blocks) {
      throwIfAborted(options.signal)
      await writer.put(naming.now(block.cid), encode(block, naming.now))
    }
    await writer.finish()
  } catch (error) {
    await writer.discard()
    throw error
  }
  return { roots, blockCount: text.blocks.length, renamed: naming.renamed() }
}

/** Finds the CIDs of blocks, those linked to before those that link. */
class Naming {
  readonly #blocks: Map<string, BlockText>
  readonly #named = new Map<string, CID>()

  constructor(blocks: readonly BlockText[]) {
    this.#blocks = new Map(blocks.map((block) => [block.cid.toString(), block]))
  }

  /** What a CID of the text is now. */
  readonly now = (cid: CID): CID => this.#named.get(cid.toString()) ?? cid

  renamed(): CompiledCar['renamed'] {
    const all = [...this.#blocks].map(([key, { cid }]) => ({ from: cid, to: this.#named.get(key) ?? cid }))
    return all.filter(({ from, to }) => !from.equals(to))
  }

  async name(cid: CID): Promise<void> {
    const stack = [cid.toString()]
    const above = new Set<string>()
    for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
      const block = this.#blocks.get(key)
      const below = block === undefined || this.#named.has(key) ? [] : this.#unnamedBelow(block)
      if (below.length > 0) {
        above.add(key)
        const circle = below.find((link) => above.has(link))
        if (circle !== undefined)
          throw new EngineError(
            'INVALID_ARGUMENT',
            `The blocks lead in a circle through ${circle}: no CAR can hold that.`,
          )
        stack.push(...below)
        continue
      }
      if (block !== undefined && !this.#named.has(key))
        this.#named.set(key, await sameKindOfCid(block.cid, encode(block, this.now)))
      above.delete(key)
      stack.pop()
    }
  }

  #unnamedBelow(block: BlockText): string[] {
    if (block.mode !== 'dag-json') return []
    const links = linksInValue(jsonValue(block)).map(String)
    return links.filter((link) => this.#blocks.has(link) && !this.#named.has(link))
  }
}

function encode(block: BlockText, rename: (cid: CID) => CID): Uint8Array {
  if (block.mode === 'block') return Buffer.from(Buffer.from(block.body).toString('latin1'), 'base64')
  const value = block.mode === 'raw' ? block.body : mapLinks(jsonValue(block), rename)
  return orInvalid(block, () => encodeBlock(block.cid.code, value))
}

function jsonValue(block: BlockText): unknown {
  return orInvalid(block, () => dagJson.decode(withoutTrailingSpace(block.body)))
}

/** After a number the decoder takes white space for one more value. */
function withoutTrailingSpace(body: Uint8Array): Uint8Array {
  let end = body.length
  while (end > 0 && SPACE.includes(body[end - 1] ?? 0)) end--
  return body.subarray(0, end)
}

const SPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

function orInvalid<Value>({ cid }: BlockText, work: () => Value): Value {
  try {
    return work()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('INVALID_ARGUMENT', `The text of block ${cid} is not what its codec takes: ${why}`, {
      cause,
      details: { cid: cid.toString() },
    })
  }
}

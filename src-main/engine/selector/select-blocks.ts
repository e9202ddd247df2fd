import { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { isIdentity } from '../car/index.ts'
import { CidSet, readFile } from '../unixfs/index.ts'
import { asUnixfs, blockValueOf, childOf, childrenOf, hasChildren, lengthOf, UnixfsFile } from './dag-value.ts'
import { type ByteRange, interestsOf, matchesOf, type Selector, stepInto, textOf } from './selector.ts'

export interface SelectedBlock {
  cid: CID
  /** null for a block that is wanted and not here. */
  bytes: Uint8Array | null
}

/**
 * The blocks that a selector reads below and including `root`, each once, in the order in which it comes to them: those
 * on the way, and the content of files that match under `~ unixfs`. What is missing is passed over.
 */
export function selectBlocks(
  blockstore: Blockstore,
  root: CID,
  selector: Selector,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<SelectedBlock, void, void> {
  return new Selection(blockstore, options.signal).run(root, selector)
}

interface Frame {
  value: unknown
  selector: Selector
  children: AsyncIterator<[string, unknown]>
}

class Selection {
  readonly #signal: AbortSignal | undefined
  readonly #recorder: Recorder
  /** Links followed, with what was wanted below: coming there again finds the same. */
  readonly #followed = new Set<string>()
  readonly #stack: Frame[] = []

  constructor(blockstore: Blockstore, signal: AbortSignal | undefined) {
    this.#signal = signal
    this.#recorder = new Recorder(blockstore)
  }

  async *run(root: CID, selector: Selector): AsyncGenerator<SelectedBlock, void, void> {
    yield* this.#follow(root, selector)
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      throwIfAborted(this.#signal)
      const child = await frame.children.next()
      yield* this.#recorder.read()
      if (child.done === true) {
        this.#stack.pop()
        continue
      }
      const [name, value] = child.value
      const link = CID.asCID(value)
      const below = stepInto(frame.selector, name, link, lengthOf(frame.value) !== null)
      if (below === null) continue
      if (link === null) yield* this.#enter(value, below)
      else yield* this.#follow(link, below)
    }
  }

  async *#follow(cid: CID, selector: Selector): AsyncGenerator<SelectedBlock, void, void> {
    const what = `${cid} ${textOf(selector)}`
    if (this.#followed.has(what)) return
    this.#followed.add(what)
    const bytes = await this.#recorder.tryGet(cid)
    yield* this.#recorder.read()
    if (bytes !== null) yield* this.#enter(blockValueOf(cid, bytes), selector)
  }

  /** Reads what matches, and goes on with what is of interest below. */
  async *#enter(value: unknown, given: Selector): AsyncGenerator<SelectedBlock, void, void> {
    const interpreted = given.kind === 'interpret'
    const node = interpreted ? asUnixfs(value) : value
    const selector = interpreted ? given.next : given
    if (node instanceof UnixfsFile) return yield* this.#readContent(node, selector)
    if (!hasChildren(node)) return
    const names = interestsOf(selector, lengthOf(node))
    if (names?.length === 0) return
    const place = { blockstore: this.#recorder.blockstore, signal: this.#signal }
    const children = names === null ? childrenOf(node, place) : named(names, (name) => childOf(node, name, place))
    this.#stack.push({ value: node, selector, children })
  }

  async *#readContent(file: UnixfsFile, selector: Selector): AsyncGenerator<SelectedBlock, void, void> {
    const range = firstRange(selector, file.sizeBytes)
    if (range === null) return
    try {
      const { from: start, to: end } = range
      const content = readFile(this.#recorder.blockstore, file.cid, { start, end, signal: this.#signal })
      for await (const _ of content) yield* this.#recorder.read()
    } catch (error) {
      if (!EngineError.is(error, 'DAG_INCOMPLETE')) throw error
    }
    yield* this.#recorder.read()
  }
}

/** Notes what is read through it, in the order of the calls, whoever reads. */
class Recorder {
  readonly blockstore: Blockstore
  readonly #seen = new CidSet()
  #reads: Array<{ cid: CID; bytes: Promise<Uint8Array | null> }> = []

  constructor(source: Blockstore) {
    const get: Blockstore['get'] = (cid, options) => {
      const bytes = source.get(cid, options)
      if (!isIdentity(cid) && this.#seen.add(cid.bytes)) this.#note(cid, bytes)
      return bytes
    }
    this.blockstore = {
      roots: source.roots,
      get,
      has: (cid, options) => source.has(cid, options),
      size: (cid, options) => source.size(cid, options),
      cids: (options) => source.cids(options),
      close: async () => {},
    }
  }

  async tryGet(cid: CID): Promise<Uint8Array | null> {
    return this.blockstore.get(cid).catch(nullIfMissing)
  }

  /** What was read since the last call. */
  async *read(): AsyncGenerator<SelectedBlock, void, void> {
    const reads = this.#reads
    this.#reads = []
    for (const { cid, bytes } of reads) yield { cid, bytes: await bytes }
  }

  #note(cid: CID, read: Promise<Uint8Array>): void {
    const bytes = read.catch(nullIfMissing)
    bytes.catch(() => {}) // seen when its turn comes
    this.#reads.push({ cid, bytes })
  }
}

function nullIfMissing(error: unknown): null {
  if (EngineError.is(error, 'BLOCK_NOT_FOUND')) return null
  throw error
}

async function* named(
  names: readonly string[],
  lookUp: (name: string) => Promise<unknown>,
): AsyncGenerator<[string, unknown]> {
  for (const name of names) {
    const value = await lookUp(name)
    if (value !== undefined) yield [name, value]
  }
}

/** The bytes of a file that the first clause that matches wants. */
function firstRange(selector: Selector, sizeBytes: number): ByteRange | null {
  for (const subset of matchesOf(selector)) {
    if (subset === null) return { from: 0, to: sizeBytes }
    const to = subset.to < 0 ? sizeBytes + subset.to : Math.min(subset.to, sizeBytes)
    const from = subset.from < 0 ? Math.max(0, sizeBytes + subset.from) : subset.from
    if (from <= to && from < sizeBytes) return { from, to }
  }
  return null
}

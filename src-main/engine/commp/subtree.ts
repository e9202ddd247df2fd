import { EngineError, FileReader, type Task } from '../base/index.ts'
import { NODE_BYTES, paddedPieceSize, treeHeight } from './piece-size.ts'
import { extendRoot, foldNodes } from './piece-tree.ts'
import { KERNEL_WASM } from './wasm/kernel.generated.js'

/**
 * The bottom of a piece's tree: the root of a chunk of payload, computed by the compiled kernel (wasm/kernel.ts), one
 * instance for each thread. The kernel leaves the top two levels of an area to `foldNodes`.
 */

/** A chunk that is sent along. The bytes are given back so that their buffer can be used again. */
export const subtreeTask: Task<{ bytes: Uint8Array; length: number }, { root: Uint8Array; bytes: Uint8Array }> = {
  name: 'commp.subtree',
  run({ bytes, length }) {
    const root = subtreeRoot(length, (into, from) => into.set(bytes.subarray(from, from + into.length)))
    return { root, bytes }
  },
  transferOutput: ({ bytes }) => (bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []),
}

export interface FileChunk {
  path: string
  offset: number
  length: number
}

/** A chunk that the thread reads from a file by itself. FILE_CHANGED when the file ends too early. */
export const fileSubtreeTask: Task<FileChunk, Uint8Array> = {
  name: 'commp.file-subtree',
  async run({ path, offset, length }) {
    const reader = FileReader.open(path)
    try {
      return subtreeRoot(length, (into, from) => {
        if (reader.readAtSync(into, offset + from) < into.length)
          throw new EngineError('FILE_CHANGED', `${path} became shorter while it was read.`, { details: { path } })
      })
    } finally {
      await reader.close()
    }
  },
}

/**
 * Root of `length` bytes of payload (from 1 on) at their own piece size. `read` fills `into` with the bytes that begin
 * at `from`; it is asked in ascending order.
 */
function subtreeRoot(length: number, read: (into: Uint8Array, from: number) => void): Uint8Array {
  const kernel = loadKernel()
  const height = treeHeight(paddedPieceSize(length))
  const roots: Uint8Array[] = []
  let rootsHeight = 0
  for (let from = 0; from < length; from += kernel.area.length) {
    const areaLength = Math.min(kernel.area.length, length - from)
    read(kernel.area.subarray(0, areaLength), from)
    const areaHeight = treeHeight(paddedPieceSize(areaLength))
    rootsHeight = Math.max(rootsHeight, areaHeight)
    roots.push(extendRoot(areaRoot(kernel, areaLength, areaHeight), areaHeight, rootsHeight))
  }
  return foldNodes(roots, rootsHeight, height)
}

const UNIT_BYTES = 254
/** Height of the four nodes that the kernel gives for one unit. */
const UNIT_NODE_HEIGHT = 1

interface Kernel {
  /** Where the payload goes. */
  area: Uint8Array
  /** The kernel's memory, in which `subtree` says where the nodes are. */
  memory: Uint8Array
  subtree(units: number): number
}

function areaRoot(kernel: Kernel, length: number, height: number): Uint8Array {
  let units = 1
  while (units * UNIT_BYTES < length) units *= 2
  kernel.area.fill(0, length, units * UNIT_BYTES)
  const at = kernel.subtree(units)
  const nodesHeight = UNIT_NODE_HEIGHT + Math.log2(units)
  const nodes: Uint8Array[] = []
  for (let index = 0; index < 2 ** (height - nodesHeight); index++)
    nodes.push(kernel.memory.slice(at + index * NODE_BYTES, at + (index + 1) * NODE_BYTES))
  return foldNodes(nodes, nodesHeight, height)
}

/** The part of the global that is used here; the standard library's types for it come with the DOM's only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

let loaded: Kernel | undefined

function loadKernel(): Kernel {
  loaded ??= instantiate()
  return loaded
}

function instantiate(): Kernel {
  const module = new WebAssembly.Module(Buffer.from(KERNEL_WASM, 'base64'))
  const exports = new WebAssembly.Instance(module).exports as {
    memory: { buffer: ArrayBuffer }
    rawArea(): number
    maxUnits(): number
    subtree(units: number): number
  }
  const memory = new Uint8Array(exports.memory.buffer)
  const area = memory.subarray(exports.rawArea(), exports.rawArea() + exports.maxUnits() * UNIT_BYTES)
  return { area, memory, subtree: exports.subtree }
}

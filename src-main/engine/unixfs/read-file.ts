import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../base/index.ts'
import type { Blockstore } from '../blockstore/index.ts'
import { invalidNode } from './decode-node.ts'
import { readBlock } from './directory-walk.ts'
import { decodeUnixfs, type UnixfsNode } from './unixfs-node.ts'

export interface ReadFileOptions {
  /** First byte. Default 0. */
  start?: number
  /** Byte to stop before. Default the file's size. */
  end?: number
  signal?: AbortSignal
}

const READS = 16

/** A node whose bytes of content begin at `start` of the file. */
interface Pending {
  cid: CID
  start: number
  /** As its parent states it; null for the root. */
  sizeBytes: number | null
  node: Promise<UnixfsNode> | null
}

/**
 * The content of a file, or a range of it, in order; up to 16 blocks are read at once and no more than that are held.
 * A range past the end gives what there is. UNIXFS_INVALID for a folder or symbolic link, and for nodes whose sizes
 * disagree with their content.
 */
export async function* readFile(
  blockstore: Blockstore,
  file: CID,
  options: ReadFileOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const start = options.start ?? 0
  const end = options.end ?? Number.MAX_SAFE_INTEGER
  if (start < 0 || end < start) throw new EngineError('INVALID_ARGUMENT', `There are no bytes from ${start} to ${end}.`)
  const controller = new AbortController()
  const signal = options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal])
  const read = async (cid: CID) => decodeUnixfs(cid, await readBlock(blockstore, file, cid, { signal }))
  /** Nodes not yet given, the next one last. */
  const stack: Pending[] = [{ cid: file, start: 0, sizeBytes: null, node: null }]
  try {
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      throwIfAborted(options.signal)
      next.node ??= read(next.cid)
      readAhead(stack, read)
      const node = await next.node
      const content = checkedContent(next, node)
      const part = content.data.subarray(Math.max(0, start - next.start), Math.max(0, end - next.start))
      if (part.length > 0) yield part
      pushChildren(stack, next, content, start, end)
    }
  } finally {
    controller.abort()
    await Promise.allSettled(stack.map((pending) => pending.node))
  }
}

function readAhead(stack: readonly Pending[], read: (cid: CID) => Promise<UnixfsNode>): void {
  const until = Math.max(0, stack.length - (READS - 1))
  for (let i = stack.length - 1; i >= until; i--) {
    const pending = stack[i]
    if (pending === undefined || pending.node !== null) continue
    pending.node = read(pending.cid)
    pending.node.catch(() => {}) // seen when its turn comes
  }
}

type FileContent = Extract<UnixfsNode, { type: 'file' }>

function checkedContent(pending: Pending, node: UnixfsNode): FileContent {
  if (node.type !== 'file')
    throw invalidNode(pending.cid, `it is a ${node.type === 'symlink' ? 'symbolic link' : 'folder'}, not file content`)
  if (pending.sizeBytes !== null && pending.sizeBytes !== node.sizeBytes)
    throw invalidNode(pending.cid, `it holds ${node.sizeBytes} bytes where its parent states ${pending.sizeBytes}`)
  return node
}

/** Only the children that hold bytes of the range. */
function pushChildren(stack: Pending[], parent: Pending, node: FileContent, start: number, end: number): void {
  let at = parent.start + node.sizeBytes
  for (let i = node.children.length - 1; i >= 0; i--) {
    const child = node.children[i]
    if (child === undefined) continue
    const childEnd = at
    at -= child.sizeBytes
    if (at < end && childEnd > start) stack.push({ cid: child.cid, start: at, sizeBytes: child.sizeBytes, node: null })
  }
}

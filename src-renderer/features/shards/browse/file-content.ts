import { decode, type PBNode } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { BlockView } from '../../../../src-shared/contract/index.ts'

/** Files up to this size are shown; larger ones are retrieved instead. */
export const PREVIEW_BYTES = 4 << 20

/** Whole bytes of a file of the DAG, or null when it is no file or larger than `PREVIEW_BYTES`. */
export async function readFileContent(
  cid: string,
  getBlock: (cid: string, maxBytes: number) => Promise<BlockView>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = []
  let left = PREVIEW_BYTES
  const add = (bytes: Uint8Array) => {
    left -= bytes.length
    parts.push(bytes)
    return left >= 0
  }
  const visit = async (at: string): Promise<boolean> => {
    const block = await getBlock(at, PREVIEW_BYTES)
    if (block.sizeBytes > PREVIEW_BYTES) return false
    const bytes = bytesOf(block)
    if (block.codec === 'raw') return add(bytes)
    const file = block.codec === 'dag-pb' ? unixfsFile(bytes) : null
    if (file === null || file.size > PREVIEW_BYTES) return false
    if (!add(file.data)) return false
    for (const link of file.node.Links) if (!(await visit(link.Hash.toString()))) return false
    return true
  }
  return (await visit(cid)) ? joined(parts) : null
}

/** The bytes that came with a block, which may be only its beginning. */
export function bytesOf({ bytes }: Pick<BlockView, 'bytes'>): Uint8Array<ArrayBuffer> {
  const text = atob(bytes)
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** Text if all of it is readable, else null. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells binary data from text
    return /[\u0000-\u0008\u000e-\u001a]/.test(text) ? null : text
  } catch {
    return null
  }
}

/** Media type of an image by its first bytes, else null. SVG is text: it could run scripts. */
export function imageTypeOf(bytes: Uint8Array): string | null {
  const begins = (...values: number[]) => values.every((value, position) => bytes[position] === value)
  if (begins(0x89, 0x50, 0x4e, 0x47)) return 'image/png'
  if (begins(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (begins(0x47, 0x49, 0x46, 0x38)) return 'image/gif'
  if (begins(0x52, 0x49, 0x46, 0x46) && new TextDecoder().decode(bytes.subarray(8, 12)) === 'WEBP') return 'image/webp'
  return null
}

function unixfsFile(bytes: Uint8Array): { node: PBNode; data: Uint8Array; size: number } | null {
  try {
    const node = decode(bytes)
    if (node.Data === undefined) return null
    const entry = UnixFS.unmarshal(node.Data)
    if (entry.type !== 'file' && entry.type !== 'raw') return null
    return { node, data: entry.data ?? new Uint8Array(), size: Number(entry.fileSize()) }
  } catch {
    return null
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

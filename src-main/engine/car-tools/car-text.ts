/**
 * CARs as text that a person can edit: go-car's form for `car debug` and `car compile`. A line `car compile [--v2] NAME`,
 * a line `root CID` for each root, then for each block
 *
 *     --- CID
 *     +++ MODE[ (no-end-cr)] CID
 *     @@ -0,LINES +0,LINES @@
 *     body
 *
 * Modes: `raw`, the bytes of a raw block that are text; `dag-json`, the block's value; and, only in Carport, `block`: the
 * block's bytes in base64, for what has no value or would not be the same when encoded again.
 */

import * as dagJson from '@ipld/dag-json'
import type { CID } from 'multiformats/cid'
import { EngineError, parseCid } from '../base/index.ts'
import { RAW_CODEC, sameBytes } from '../car/index.ts'
import { decodeBlock, encodeBlock } from './block-value.ts'
import { indentJson } from './indent-json.ts'

export type BlockMode = 'raw' | 'dag-json' | 'block'

export interface BlockText {
  /** As the text names the block; its body may have been edited since. */
  cid: CID
  mode: BlockMode
  body: Uint8Array
}

export interface CarText {
  version: 1 | 2
  name: string
  roots: CID[]
  blocks: BlockText[]
}

/** The lines before the first block. */
export function formatHead({ version, name, roots }: Omit<CarText, 'blocks'>): string {
  const first = `car compile ${version === 2 ? '--v2 ' : ''}${name.replaceAll(/[\r\n]/g, ' ')}`
  return [first, ...roots.map((root) => `root ${root}`), ''].join('\n')
}

export function formatBlock(cid: CID, bytes: Uint8Array): Uint8Array {
  const { mode, body } = textOf(cid, bytes)
  const lines = body.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0)
  const ending = body.at(-1) === NEWLINE ? '' : ' (no-end-cr)'
  const head = `--- ${cid}\n+++ ${mode}${ending} ${cid}\n@@ -0,${lines} +0,${lines} @@\n`
  return Buffer.concat([Buffer.from(head), body, Buffer.from('\n')])
}

/** INVALID_ARGUMENT with the line where the text is not of this form. */
export function parseCarText(text: Uint8Array): CarText {
  const lines = new Lines(text)
  const [, v2, name = ''] = /^car compile (--v2 )?(.*)$/.exec(lines.next() ?? '') ?? lines.fail('"car compile NAME"')
  const roots: CID[] = []
  while (!lines.atEnd && !lines.atBlock) {
    const [, root] = /^root (\S+)/.exec(lines.next() ?? '') ?? []
    if (root !== undefined) roots.push(parseCid(root))
  }
  const blocks: BlockText[] = []
  while (!lines.atEnd) blocks.push(parseBlock(lines))
  return { version: v2 === undefined ? 1 : 2, name: name.trim(), roots, blocks }
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const BLOCK_START = Buffer.from('--- ')
const MODES: readonly string[] = ['raw', 'dag-json', 'block'] satisfies BlockMode[]

function textOf(cid: CID, bytes: Uint8Array): Omit<BlockText, 'cid'> {
  if (cid.code === RAW_CODEC && isText(bytes)) return { mode: 'raw', body: bytes }
  const json = jsonOf(cid.code, bytes)
  if (json !== null) return { mode: 'dag-json', body: json }
  return { mode: 'block', body: Buffer.from(Buffer.from(bytes).toString('base64')) }
}

/** null where the block would not be the same again. */
function jsonOf(codec: number, bytes: Uint8Array): Uint8Array | null {
  try {
    const json = dagJson.encode(decodeBlock(codec, bytes))
    return sameBytes(encodeBlock(codec, dagJson.decode(json)), bytes) ? indentJson(json) : null
  } catch {
    return null
  }
}

/** Whether a body can be told from what is around it, and shown on a terminal. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.at(-1) === RETURN) return false
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer.indexOf('\n--- ') >= 0 || buffer.subarray(0, 4).equals(BLOCK_START)) return false
  if (bytes.some((byte) => (byte < 0x20 && byte !== 0x09 && byte !== NEWLINE && byte !== RETURN) || byte === 0x7f))
    return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function parseBlock(lines: Lines): BlockText {
  const [, cid = ''] = /^--- (\S+)$/.exec(lines.next() ?? '') ?? lines.fail('"--- CID"')
  const [, mode = '', ending, again] =
    /^\+\+\+ ([\w-]+) (\S+ )?(\w+)$/.exec(lines.next() ?? '') ?? lines.fail(`"+++ MODE ${cid}"`)
  if (again !== cid) lines.fail(`the CID of the line before, ${cid}`)
  if (!MODES.includes(mode)) lines.fail(`one of the modes ${MODES.join(', ')}`)
  if (!lines.next()?.startsWith('@@')) lines.fail('"@@ … @@"')
  const body = withoutNewline(lines.body())
  // An editor may have ended the last line of a body that had none.
  return {
    cid: parseCid(cid),
    mode: mode as BlockMode,
    body: ending === '(no-end-cr) ' ? withoutNewline(body) : body,
  }
}

function withoutNewline(body: Uint8Array): Uint8Array {
  if (body.at(-1) !== NEWLINE) return body
  return body.subarray(0, body.at(-2) === RETURN ? -2 : -1)
}

class Lines {
  readonly #text: Buffer
  #at = 0
  #line = 0

  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.length)
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  get atBlock(): boolean {
    return this.#text.subarray(this.#at, this.#at + BLOCK_START.length).equals(BLOCK_START)
  }

  /** The next line without its end; null at the end of the text. */
  next(): string | null {
    if (this.atEnd) return null
    const end = this.#endOfLine()
    const line = this.#text.toString('utf8', this.#at, end).replace(/\r?\n$/, '')
    this.#at = end
    this.#line++
    return line
  }

  /** Bytes up to the next block, or to the end. */
  body(): Uint8Array {
    const start = this.#at
    while (!this.atEnd && !this.atBlock) {
      this.#at = this.#endOfLine()
      this.#line++
    }
    return this.#text.subarray(start, this.#at)
  }

  /** About the line given last. */
  fail(expected: string): never {
    throw new EngineError('INVALID_ARGUMENT', `Line ${this.#line} of the text should be ${expected}.`, {
      details: { line: this.#line },
    })
  }

  #endOfLine(): number {
    const end = this.#text.indexOf(NEWLINE, this.#at)
    return end < 0 ? this.#text.length : end + 1
  }
}

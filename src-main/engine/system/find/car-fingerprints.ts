import { statSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import { FileReader, throwIfAborted } from '../../base/index.ts'
import { openReadOnlyBlockstore, referenceKeys } from '../../blockstore/index.ts'
import type { Store, StoreOperation } from '../../store/index.ts'

/** Last bytes of a digest: in linked imports of old Lotus digests begin alike. */
const PRINT_BYTES = 4
const OFFSET_BYTES = 8
/** Size and time of change, as doubles. */
const STAMP_BYTES = 16
/** A CAR with more blocks is looked into each time: opening it costs little beside its size. */
const MOST_PRINTS = 1 << 20
const LOOKED_TOGETHER = 500

export interface LookOptions {
  signal?: AbortSignal
  /** How many CARs have been looked into. */
  onLooked?: (looked: number) => void
}

/**
 * Which CAR files may hold a block, without opening each: four bytes of every block's digest, in a row `/cp/<path>`
 * for each file, with the size and time of change that it had. A row is made when its file is first looked into, and
 * again when the file is another; nothing stays in memory.
 */
export class CarFingerprints {
  readonly #store: Store
  /** Rows without a file were looked for in this run of the program. */
  #cleared = false

  constructor(store: Store) {
    this.#store = store
  }

  /** `paths` are all files that are ever asked for. Those of them that hold the block, and very few others. Files that cannot be read are among them. */
  async mayHold(paths: readonly string[], cid: CID, { signal, onLooked }: LookOptions = {}): Promise<Set<string>> {
    const wanted = [cid, ...referenceKeys(cid)].map(({ multihash }) => printOf(multihash.digest))
    const holding = new Set<string>()
    for (let from = 0; from < paths.length; from += LOOKED_TOGETHER) {
      throwIfAborted(signal)
      const group = paths.slice(from, from + LOOKED_TOGETHER)
      const rows = await this.#store.getMany(group.map(rowKey))
      const made: StoreOperation[] = []
      for (const [i, path] of group.entries()) {
        const stamp = stampOf(path)
        let row = rows[i]
        if (stamp === null || !isOf(row, stamp)) {
          throwIfAborted(signal)
          row = (stamp === null ? null : await rowOf(path, stamp, signal)) ?? undefined
          if (row !== undefined) made.push({ type: 'put', key: rowKey(path), value: row })
          onLooked?.(from + i + 1)
        }
        if (row === undefined || wanted.some((print) => hasPrint(row, print))) holding.add(path)
      }
      if (made.length > 0) await this.#store.batch(made, { durable: false })
      onLooked?.(from + group.length)
    }
    if (!this.#cleared) {
      this.#cleared = true
      this.#removeOthers(new Set(paths)).catch(() => {}) // at the next search, then
    }
    return holding
  }

  /** Makes the row of a file beforehand, unless it is there. */
  async add(path: string): Promise<void> {
    const stamp = stampOf(path)
    if (stamp === null || isOf(await this.#store.get(rowKey(path)), stamp)) return
    const row = await rowOf(path, stamp)
    if (row !== null) await this.#store.batch([{ type: 'put', key: rowKey(path), value: row }], { durable: false })
  }

  /** Of files that nobody asks for any more. */
  async #removeOthers(paths: ReadonlySet<string>): Promise<void> {
    const gone: StoreOperation[] = []
    for await (const { key } of this.#store.entries({ prefix: rowKey('') }))
      if (!paths.has(Buffer.from(key).subarray(ROW.length).toString())) gone.push({ type: 'delete', key })
    if (gone.length > 0) await this.#store.batch(gone, { durable: false })
  }
}

const ROW = '/cp/'

function rowKey(path: string): Uint8Array {
  return Buffer.from(ROW + path)
}

function stampOf(path: string): Buffer | null {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return null
  const stamp = Buffer.alloc(STAMP_BYTES)
  stamp.writeDoubleLE(found.size, 0)
  stamp.writeDoubleLE(found.mtimeMs, 8)
  return stamp
}

function isOf(row: Uint8Array | undefined, stamp: Buffer): boolean {
  return row !== undefined && stamp.equals(row.subarray(0, STAMP_BYTES))
}

/** null where the file is too large for a row, or cannot be read: whoever asks opens it, and hears why. */
async function rowOf(path: string, stamp: Buffer, signal?: AbortSignal): Promise<Uint8Array | null> {
  try {
    const blockstore = await openReadOnlyBlockstore(FileReader.open(path), {
      ...{ zeroLengthSectionAsEnd: true, storeIdentity: true, signal },
    })
    try {
      const { index } = blockstore
      if (index.recordCount > MOST_PRINTS) return null
      const prints = new Uint32Array(index.recordCount)
      let count = 0
      for await (const { digestLength, count: records, bytes } of index.batches(signal)) {
        const width = digestLength + OFFSET_BYTES
        for (let i = 0; i < records; i++) prints[count++] = printOf(bytes.subarray(i * width, i * width + digestLength))
      }
      return Buffer.concat([stamp, bytesOf(prints.subarray(0, count).sort())])
    } finally {
      await blockstore.close()
    }
  } catch {
    throwIfAborted(signal)
    return null
  }
}

/** Big-endian in the row and compared as such, whatever machine wrote it. */
function bytesOf(prints: Uint32Array): Buffer {
  const bytes = Buffer.alloc(prints.length * PRINT_BYTES)
  for (const [i, print] of prints.entries()) bytes.writeUInt32BE(print, i * PRINT_BYTES)
  return bytes
}

function printOf(digest: Uint8Array): number {
  let print = 0
  for (const byte of digest.subarray(-PRINT_BYTES)) print = ((print << 8) | byte) >>> 0
  return print
}

function hasPrint(row: Uint8Array, print: number): boolean {
  const view = new DataView(row.buffer, row.byteOffset + STAMP_BYTES, row.byteLength - STAMP_BYTES)
  let low = 0
  let high = view.byteLength / PRINT_BYTES
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = view.getUint32(middle * PRINT_BYTES)
    if (found === print) return true
    if (found < print) low = middle + 1
    else high = middle
  }
  return false
}

/**
 * What a damaged or hostile CAR must not do to any reader: crash it, hang it, or make it use more memory than the limits
 * allow. Used by the bounded test beside this file and by `npm run fuzz`.
 */
import { EngineError, inlineTaskRunner, MemoryReader } from '../../base/index.ts'
import { readCarLayout, readDamagedLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { scanCar } from '../car-scan.ts'
import { readCarStream } from '../car-stream.ts'
import { buildIndex } from '../generate-index.ts'
import { openCarIndex } from '../open-car-index.ts'
import { inspectCar } from '../ops/inspect-car.ts'
import { sectionEndOf } from '../section-batch.ts'
import { findPayloadEnd } from '../verify/find-end.ts'
import { verifyCar } from '../verify/verify-car.ts'

/** A number generator that gives the same numbers for the same seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}

/** Bytes that mean something somewhere in a CAR: lengths, CBOR heads, CID prefixes, counts. */
const TELLING = [
  [0x00],
  [0x80, 0x00],
  [0x80, 0x80, 0x80, 0x80, 0x04],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0x7f],
  [0x00, 0x00, 0x00, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x81, 0x08],
  [0x80, 0x08],
  [0x01, 0x55, 0x00, 0x00],
  [0x01, 0x71, 0x12, 0x20],
  [0x12, 0x20],
  [0xd8, 0x2a],
  [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xbf],
  [0xf6],
]

/** A file to damage, and where in it something begins: fields of headers, sections, CIDs, data, records of the index. */
export interface Seed {
  name: string
  bytes: Uint8Array
  seams: number[]
}

/** Numbers of the CARv2 header, and of an index whose codec stands at its start. */
const HEADER_FIELDS = [0, 1, 11, 27, 35, 43, 51]
const INDEX_FIELDS = [0, 2, 6, 10, 14, 18, 22, 26, 30]
const MOST_SEAMS = 2000

/** Finds the seams of a file, as far as it can be read. */
export async function seedOf(name: string, bytes: Uint8Array): Promise<Seed> {
  const seams = [...HEADER_FIELDS]
  await refused(async () => {
    const reader = new MemoryReader(bytes)
    const layout = (await readDamagedLayout(reader)) ?? (await readCarLayout(reader))
    seams.push(layout.payloadOffset, layout.payloadOffset + layout.headerSize)
    const { indexOffset } = layout
    if (indexOffset !== null) seams.push(...INDEX_FIELDS.map((field) => indexOffset + field))
    for await (const batch of scanCar(reader, layout, { zeroLengthSectionAsEnd: true }))
      for (let i = 0; i < batch.count && seams.length < MOST_SEAMS; i++) {
        const dataAt = layout.payloadOffset + sectionEndOf(batch, i) - (batch.dataLength[i] as number)
        const sectionAt = layout.payloadOffset + (batch.sectionOffset[i] as number)
        seams.push(sectionAt, sectionAt + 1, dataAt - 34, dataAt)
      }
  })
  return { name, bytes, seams: seams.filter((at) => at >= 0 && at <= bytes.length) }
}

/**
 * A damaged copy: bits turned, telling bytes put in, parts cut, doubled, moved or taken from another file; half of the time
 * where something begins.
 */
export function mutate({ bytes: seed, seams }: Seed, others: readonly Seed[], random: Random): Uint8Array {
  let bytes = Buffer.from(seed)
  for (let i = 1 + random.below(4); i > 0; i--) {
    const seam = random.below(2) === 0 && seams.length > 0 ? random.pick(seams) : random.below(bytes.length + 1)
    const at = Math.min(seam, bytes.length)
    const length = random.below(Math.min(64, bytes.length - at) + 1)
    switch (random.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
        break
      case 1:
        Buffer.from(random.pick(TELLING)).copy(bytes, at)
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(TELLING)), bytes.subarray(at)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
        break
      case 5:
        bytes = bytes.subarray(0, at)
        break
      default: {
        const other = random.pick(others).bytes
        const from = random.below(other.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + 200), bytes.subarray(at + length)])
      }
    }
  }
  return bytes
}

/** Runs every reader over `bytes`. Throws when one does anything but succeed or refuse with an EngineError of the data. */
export async function readEveryWay(bytes: Uint8Array, writeFile: (bytes: Uint8Array) => string): Promise<void> {
  const reader = new MemoryReader(bytes)
  for (const zeroLengthSectionAsEnd of [false, true]) {
    const limits: CarLimits = { zeroLengthSectionAsEnd }
    const inspected = await refused(() => inspectCar(reader, limits))
    const inspectedInFull = await refused(() => inspectCar(reader, { ...limits, full: true }))
    const streamed = await refused(async () => {
      const stream = await readCarStream(inPieces(bytes), limits)
      for await (const _ of stream.sections);
    })
    const scanned = await refused(async () => {
      const layout = await readCarLayout(reader, limits)
      for (const data of [true, false])
        for await (const _ of scanCar(reader, layout, { ...limits, data, readBytes: 256 }));
      const { builder } = await buildIndex(reader, layout, limits)
      for (const _ of builder.encode());
      builder.close()
    })
    await refused(() => useIndex(reader))
    if (inspected && !inspectedInFull) throw defect('damage that a quick look finds must be found in full as well')
    // A stream does not know how long a file is, and so not whether all that its header names is there.
    const contained = !(await refused(() => readCarLayout(reader, limits)))
    if (contained && inspectedInFull && !streamed)
      throw defect('what a full inspection refuses, reading block by block must refuse')
    if (scanned && !streamed && !inspected) throw defect('a stream must not pass what a scan refuses')
  }
  await refused(async () => {
    const layout = await readDamagedLayout(reader)
    if (layout !== null) await findPayloadEnd(reader, layout)
  })
  const verdict = await verifyCar(writeFile(bytes), inlineTaskRunner)
  if (verdict.ok && (await refused(() => inspectCar(reader, { full: true }))))
    throw defect('what verifies must inspect')
}

async function useIndex(reader: MemoryReader): Promise<void> {
  const { indexOffset, roots } = await readCarLayout(reader)
  if (indexOffset === null) return
  const index = await openCarIndex(
    reader,
    { offset: indexOffset, length: reader.size - indexOffset },
    { inMemoryBytes: 0 },
  )
  for (const root of roots) await index.find(root.multihash.bytes)
  for await (const _ of index.batches());
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 97) yield bytes.subarray(at, at + 97)
}

/** Whether the work refused the data. Any other failure is a defect, and thrown. */
export async function refused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'internal') throw error
    return true
  }
}

export function defect(message: string): EngineError {
  return new EngineError('INTERNAL', message)
}

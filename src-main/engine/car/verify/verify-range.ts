/** Hashes the blocks in a part of a CAR and collects their links: the work of one thread in a verification. */
import { EngineError, FileReader, type Task, type TaskContext } from '../../base/index.ts'
import type { CarLimits } from '../car-limits.ts'
import { type PayloadRange, scanCar } from '../car-scan.ts'
import { sectionMatches, sectionMismatch } from '../check-section.ts'
import { CID_OK, type CidSpan, emptyCidSpan, RAW_CODEC, scanCid } from '../cid-span.ts'
import { scanLinks } from '../link-scanner.ts'
import { IDENTITY_CODE } from '../multihash.ts'
import { buffersOf, MultihashList, type PackedMultihashes } from '../multihash-list.ts'
import { isReference } from '../reference-section.ts'
import { cidOf, dataOf, type SectionBatch } from '../section-batch.ts'
import { type CarProblem, MAX_LISTED } from './car-verification.ts'

export interface VerifyRangeInput {
  path: string
  payload: PayloadRange
  /** Offsets of the payload at which sections start. */
  from: number
  to: number
  limits: CarLimits
  /**
   * Read on the same thread: less work in all, where every processor has a thread that hashes. Otherwise another
   * thread reads ahead.
   */
  sync: boolean
}

export interface RangeReport {
  blockCount: number
  problems: CarProblem[]
  /** All problems, those too many to list included. */
  problemCount: number
  /** Sections of a linked import that say where a leaf lies. */
  references: number
  /** Blocks whose links cannot be known: a codec unknown here, or bytes that are not of their codec. */
  opaque: number
  /** With the section each stands in. */
  links: PackedMultihashes
}

/** Small enough that what is read is still in the processor's cache when it is hashed. */
const READ_BYTES = 1024 * 1024
/** Waking another thread to read costs as much as hashing 100 KiB. */
const READ_AHEAD_BYTES = 2 * 1024 * 1024
/** A message between threads costs as much as hashing 50 KiB. */
const PROGRESS_BYTES = 8 * 1024 * 1024

/** Progress counts payload bytes. */
export const carVerifyTask: Task<VerifyRangeInput, RangeReport> = {
  name: 'car.verify',
  async run(input: VerifyRangeInput, context: TaskContext): Promise<RangeReport> {
    const reader = FileReader.open(input.path)
    try {
      return await new RangeVerifier(input).run(reader, context)
    } finally {
      await reader.close()
    }
  },
  transferOutput: ({ links }) => buffersOf(links),
}

class RangeVerifier {
  readonly #input: VerifyRangeInput
  readonly #links = new MultihashList()
  readonly #span: CidSpan = emptyCidSpan()
  readonly #report: Omit<RangeReport, 'links'> = {
    blockCount: 0,
    problems: [],
    problemCount: 0,
    references: 0,
    opaque: 0,
  }

  constructor(input: VerifyRangeInput) {
    this.#input = input
  }

  async run(reader: FileReader, context: TaskContext): Promise<RangeReport> {
    const { payload, from, to, limits, sync } = this.#input
    const scan = scanCar(reader, payload, {
      ...limits,
      from,
      to,
      sync,
      data: true,
      readBytes: sync ? READ_BYTES : READ_AHEAD_BYTES,
      signal: context.signal,
    })
    let reported = from
    for await (const batch of scan) {
      for (let i = 0; i < batch.count; i++) {
        const matches = this.#matches(batch, i)
        if (typeof matches === 'boolean' ? matches : await matches) this.#collectLinks(batch, i)
        else if (isReference(batch, i)) this.#report.references++
        else this.#addProblem(sectionMismatch(batch, i, payload.payloadOffset + (batch.sectionOffset[i] as number)))
      }
      this.#report.blockCount += batch.count
      if (scan.position - reported < PROGRESS_BYTES) continue
      reported = scan.position
      context.onProgress(reported - from)
    }
    return { ...this.#report, links: this.#links.pack() }
  }

  #matches(batch: SectionBatch, i: number): boolean | Promise<boolean> {
    try {
      return sectionMatches(batch, i)
    } catch (error) {
      if (!EngineError.is(error, 'UNSUPPORTED')) throw error
      this.#addProblem(
        new EngineError('UNSUPPORTED', `Block ${cidOf(batch, i)} cannot be checked: ${error.message}`, {
          details: { offset: this.#input.payload.payloadOffset + (batch.sectionOffset[i] as number) },
        }),
      )
      return true
    }
  }

  #addProblem(error: EngineError): void {
    this.#report.problemCount++
    if (this.#report.problems.length >= MAX_LISTED) return
    const offset = error.details.offset
    this.#report.problems.push({
      code: error.code,
      message: error.message,
      offset: typeof offset === 'number' ? offset : null,
    })
  }

  #collectLinks(batch: SectionBatch, i: number): void {
    const codec = batch.codec[i] as number
    if (codec === RAW_CODEC) return
    this.#scanBlock(codec, dataOf(batch, i), batch.sectionOffset[i] as number)
  }

  #scanBlock(codec: number, bytes: Uint8Array, source: number): void {
    const identities: Array<{ codec: number; bytes: Uint8Array }> = []
    const span = this.#span
    let isOpaque = false
    const scan = scanLinks(codec, bytes, (block, start, end) => {
      if (scanCid(block, start, end, span) !== CID_OK || span.end !== end) isOpaque = true
      else if (span.hashCode !== IDENTITY_CODE) this.#links.add(block, span.multihashStart, end, source)
      else if (span.codec !== RAW_CODEC)
        identities.push({ codec: span.codec, bytes: block.subarray(span.digestStart, end) })
    })
    if (scan !== 'complete' || isOpaque) this.#report.opaque++
    // A block inside a CID is shorter than the block around it, so this ends.
    for (const identity of identities) this.#scanBlock(identity.codec, identity.bytes, source)
  }
}

import type { CarInspection, CarVerdict, PieceCommitmentView, Progress } from '../../../src-shared/contract/index.ts'
import { type Clock, EngineError, type LongWorkOptions, type TaskRunner, workEvents } from '../base/index.ts'
import { type CarVerification, inspectCar, repairCar, verifyCar } from '../car/index.ts'
import { type FileRange, hashFile, MIN_PAYLOAD_BYTES, type PieceCommitment } from '../commp/index.ts'

type Verifying = { type: 'progress'; progress: Progress } | { type: 'done'; verdict: CarVerdict }
type Committing = { type: 'progress'; progress: Progress } | { type: 'done'; commitment: PieceCommitmentView }

/** Looks into CAR files anywhere on this machine. Reads only; a repair goes to a new file. */
export class CarInspector {
  readonly #tasks: TaskRunner
  readonly #clock: Clock

  constructor({ tasks, clock }: { tasks: TaskRunner; clock: Clock }) {
    this.#tasks = tasks
    this.#clock = clock
  }

  /** What a CAR says of itself; `full` compares every block with its CID. */
  inspect(input: { path: string; full: boolean }, signal?: AbortSignal): Promise<CarInspection> {
    return inspectCar(input.path, { full: input.full, signal })
  }

  /** Checks everything that can be checked of a CAR, its piece commitment last. Damage is reported, not thrown. */
  async *verify(path: string, signal?: AbortSignal): AsyncGenerator<Verifying, void, void> {
    for await (const event of workEvents((options) => this.#verify(path, options), this.#clock, signal))
      yield event.type === 'progress' ? event : { type: 'done', verdict: event.result }
  }

  /** Writes a whole CAR to `outPath` with what is good in the one at `path`, and says what that one is then. */
  async repair(
    input: { path: string; outPath: string },
    signal?: AbortSignal,
  ): Promise<{ outPath: string; actions: string[]; verdict: CarVerdict }> {
    const { outPath } = input
    const { actions } = await repairCar(input.path, outPath, { signal })
    return { outPath, actions, verdict: await this.#verify(outPath, { signal }) }
  }

  /** Piece commitment of the bytes of a file as they are. */
  async *commp(path: string, signal?: AbortSignal): AsyncGenerator<Committing, void, void> {
    const work = (options: LongWorkOptions) => hashFile(path, this.#tasks, options)
    for await (const event of workEvents(work, this.#clock, signal))
      yield event.type === 'progress' ? event : { type: 'done', commitment: commitmentView(event.result) }
  }

  async #verify(path: string, options: LongWorkOptions): Promise<CarVerdict> {
    const found = await verifyCar(path, this.#tasks, options)
    const piece = await this.#pieceOf(path, found, options)
    return {
      ...found,
      pieceCid: piece?.pieceCid.toString() ?? null,
      pieceCidV2: piece?.pieceCidV2?.toString() ?? null,
      pieceSize: piece?.pieceSize ?? null,
    }
  }

  /** A piece is the CARv1 in the file, with the zeros behind it where it has been padded already. */
  async #pieceOf(path: string, found: CarVerification, options: LongWorkOptions): Promise<PieceCommitment | null> {
    if (found.version === null) return null
    const range = await payloadRange(path, found)
    if (range.length < MIN_PAYLOAD_BYTES) return null
    return hashFile(path, this.#tasks, { ...options, range })
  }
}

export function commitmentView(commitment: PieceCommitment): PieceCommitmentView {
  const { rawSize, pieceSize, pieceCid, pieceCidV2 } = commitment
  return { rawSize, pieceSize, pieceCid: pieceCid.toString(), pieceCidV2: pieceCidV2?.toString() ?? null }
}

async function payloadRange(path: string, found: CarVerification): Promise<FileRange> {
  if (found.version === 1) return { offset: 0, length: found.fileBytes }
  try {
    const { payloadOffset, payloadBytes } = await inspectCar(path)
    return { offset: payloadOffset, length: payloadBytes }
  } catch (error) {
    if (EngineError.is(error)) return { offset: 0, length: 0 } // too damaged to say where the payload lies
    throw error
  }
}

import type { PieceCommitmentView, PieceView } from '../../../src-shared/contract/index.ts'
import { type Clock, parseCid, type Table, type TaskRunner, type WorkEvent, workEvents } from '../base/index.ts'
import { hashFile, type PieceCommitment, parsePieceCid } from '../commp/index.ts'
import type { PieceStore } from './piece-source.ts'

export interface PiecesPorts {
  store: PieceStore
  tasks: TaskRunner
  clock: Clock
}

export type CommpEvent =
  | Extract<WorkEvent<never>, { type: 'progress' }>
  | { type: 'done'; commitment: PieceCommitmentView }

/** What the contract's topic `pieces` asks for. */
export class Pieces {
  readonly #ports: PiecesPorts

  constructor(ports: PiecesPorts) {
    this.#ports = ports
  }

  get table(): Table<PieceView> {
    return this.#ports.store.table
  }

  list(): PieceView[] {
    return this.#ports.store.list()
  }

  /** By v1 or v2. PIECE_NOT_FOUND when it is not known here. */
  get(pieceCid: string): PieceView {
    return this.#ports.store.get(parsePieceCid(pieceCid).pieceCid)
  }

  /** Copies a file in. PIECE_MISMATCH when it is not the piece that `pieceCid` names. */
  add(input: { path: string; pieceCid: string | null }, signal?: AbortSignal): Promise<PieceView> {
    const expected = input.pieceCid === null ? undefined : parseCid(input.pieceCid)
    return this.#ports.store.add(input.path, { expected, signal })
  }

  /** Commitment of the bytes of a file as they are. */
  async *commp(path: string, signal?: AbortSignal): AsyncGenerator<CommpEvent, void, void> {
    const { tasks, clock } = this.#ports
    for await (const event of workEvents((options) => hashFile(path, tasks, options), clock, signal)) {
      if (event.type === 'progress') yield event
      else yield { type: 'done', commitment: commitmentView(event.result) }
    }
  }

  async remove(pieceCid: string): Promise<{ pieceCid: string; freedBytes: number }> {
    const parsed = parsePieceCid(pieceCid)
    const { freedBytes } = await this.#ports.store.remove(parsed.pieceCid)
    return { pieceCid: parsed.pieceCid.toString(), freedBytes }
  }
}

export function commitmentView(commitment: PieceCommitment): PieceCommitmentView {
  return {
    rawSize: commitment.rawSize,
    pieceSize: commitment.pieceSize,
    pieceCid: commitment.pieceCid.toString(),
    pieceCidV2: commitment.pieceCidV2?.toString() ?? null,
  }
}

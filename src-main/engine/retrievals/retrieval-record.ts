import { join } from 'node:path'
import type { RetrievalState, RetrievalView } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'
import type { ExportTo } from './retrieval-ports.ts'

/** A retrieval as it is remembered. Version 1. */
export interface RetrievalRecord {
  version: 1
  dealId: string
  root: string
  /** Path of the part that is wanted; null: all of it. Absent in records of before there were parts. */
  selector?: string | null
  /** What the path leads to, once that is known. */
  selected?: string | null
  state: RetrievalState
  message: string
  error: ErrorValue | null
  /** Base URLs or "local", in order of preference; empty: Carport's own provider role, wherever it listens. */
  from: string[]
  /** Who sent the last of it; null before anything came. */
  provider: string | null
  receivedBytes: number
  totalBytes: number | null
  blockCount: number
  /** Payload bytes that are durable, for a fast and safe resume. */
  syncedPayloadSize: number
  carSizeBytes: number | null
  /** The CAR holds everything and is finalized. */
  complete: boolean
  /** What is to be exported once complete; null: nothing. */
  exportTo: ExportTo | null
  /** Where it was exported to last. */
  path: string | null
  createdAt: string
  updatedAt: string
}

export function carPathOf(directory: string, dealId: string): string {
  return join(directory, `${dealId}.car`)
}

export function viewOf(
  record: RetrievalRecord,
  live: { carPath: string; ownProvider: string | null; progress: RetrievalView['progress'] },
): RetrievalView {
  const { dealId, root, state, message, error, receivedBytes, totalBytes, blockCount } = record
  const { carSizeBytes, complete, path, createdAt, updatedAt } = record
  return {
    ...{ dealId, root, state, message, error, receivedBytes, totalBytes, blockCount, carSizeBytes, complete, path },
    selector: record.selector ?? null,
    provider: record.provider ?? record.from[0] ?? live.ownProvider ?? 'this Carport',
    carPath: live.carPath,
    progress: live.progress,
    createdAt,
    updatedAt,
  }
}

import type { TransferState, TransferView } from '../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../src-shared/errors/index.ts'

/** A transfer as it is remembered. Version 1. */
export interface TransferRecord {
  version: 1
  id: string
  direction: 'in' | 'out'
  kind: TransferView['kind']
  what: string
  counterparty: string
  state: TransferState
  message: string
  error: ErrorValue | null
  doneBytes: number
  totalBytes: number | null
  retries: number
  startedAt: string
  endedAt: string | null
  ownerId: string | null
  log: TransferView['log']
}

const MAX_LOG_LINES = 200

/** Adds a line; of too many the oldest go, but for the first, which says how it began. */
export function logLine(record: TransferRecord, at: string, message: string): void {
  record.message = message
  if (record.log.at(-1)?.message === message) return
  record.log.push({ at, message })
  if (record.log.length > MAX_LOG_LINES) record.log.splice(1, record.log.length - MAX_LOG_LINES)
}

export function viewOf(record: TransferRecord, live: { rate: number; etaSeconds: number | null }): TransferView {
  const { version: _, log, ...rest } = record
  return { ...rest, log: [...log], ...live }
}

export { copyDag, copyOnRead, copyPath, type DagPull, pullDag, pullOnRead, pullPath } from './dag/index.ts'
export { KeyedWork } from './keyed-work.ts'
export { journalPath, type PiecePull, pullPiece } from './piece-pull.ts'
export type {
  IncomingKind,
  RestartOwner,
  RetryPolicy,
  TransferAttempt,
  TransferKind,
  TransferSpec,
  Transfers,
  TransfersConfig,
  TransfersPorts,
} from './transfer-ports.ts'
export { createTransfers } from './transfers.ts'

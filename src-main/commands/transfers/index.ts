import type { Verbs } from '../verbs.ts'
import { listTransfers } from './list.ts'
import { cancelTransfer, pauseTransfer, restartTransfer, resumeTransfer } from './transfer-operations.ts'

/** `carport transfers` alone lists them. */
export const transfersVerbs = (verbs: Verbs) =>
  verbs
    .group('transfers', 'what moves, and how fast', [pauseTransfer, resumeTransfer, cancelTransfer, restartTransfer])
    .addCommand(listTransfers(verbs), { isDefault: true })

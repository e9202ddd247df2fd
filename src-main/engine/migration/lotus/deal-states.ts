/** Go's storagemarket.StorageDealStatus, by number. */
const STATE_NAMES = [
  'Unknown',
  'ProposalNotFound',
  'ProposalRejected',
  'ProposalAccepted',
  'Staged',
  'Sealing',
  'Finalizing',
  'Active',
  'Expired',
  'Slashed',
  'Rejecting',
  'Failing',
  'FundsReserved',
  'CheckForAcceptance',
  'Validating',
  'AcceptWait',
  'StartDataTransfer',
  'Transferring',
  'WaitingForData',
  'VerifyData',
  'ReserveProviderFunds',
  'ReserveClientFunds',
  'ProviderFunding',
  'ClientFunding',
  'Publish',
  'Publishing',
  'Error',
  'ProviderTransferAwaitRestart',
  'ClientTransferRestart',
  'AwaitingPreCommit',
  'TransferQueued',
] as const

/** States in which a deal's piece is in a sector, or about to be. */
const IN_SECTOR = new Set(['AwaitingPreCommit', 'Sealing', 'Finalizing', 'Active'])
/** Over for good: no shard comes of them. */
const OVER = new Set(['Expired', 'Slashed', 'Rejecting', 'Failing', 'Error', 'ProposalRejected', 'ProposalNotFound'])

/** `StorageDealActive`; empty for a number that has no name. */
export function dealStateName(state: number): string {
  const name = STATE_NAMES[state]
  return name === undefined ? '' : `StorageDeal${name}`
}

/**
 * null when Lotus' migration makes a shard of a deal in this state, else why it does not. Staged deals count in version 1
 * of the deals' namespace only: with version 2 Lotus stopped taking them.
 */
export function whyNotEligible(state: number, namespaceVersion: number): string | null {
  const name = STATE_NAMES[state]
  if (name === undefined) return `Its state, ${state}, is not one that this version of Carport knows.`
  if (IN_SECTOR.has(name) || (name === 'Staged' && namespaceVersion === 1)) return null
  if (OVER.has(name)) return `The deal is over (${name}).`
  return `The deal is not in a sector yet (${name}); it becomes a shard when it is handed off to sealing.`
}

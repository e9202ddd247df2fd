import type { MigrationDeal } from '../../../src-shared/contract/index.ts'
import { EngineError, type Logger, throwIfAborted } from '../base/index.ts'
import type { MigrationPorts } from './migration-ports.ts'

/** What became of one piece. */
export interface ShardOutcome {
  key: string
  outcome: 'registered' | 'present' | 'failed'
  error: string | null
}

export interface RegisterOptions {
  signal?: AbortSignal
  onOutcome(outcome: ShardOutcome): void
}

/** Registrations under way at once: their records share the cost of being made durable. */
const UNDER_WAY = 256

/**
 * Registers a lazy shard for every eligible deal, one for each piece, and logs what Lotus logs (lotus-behaviour.md 3). A
 * shard that cannot be registered is told of and stops nothing.
 */
export async function registerShards(
  deals: readonly MigrationDeal[],
  { dagstore }: Pick<MigrationPorts, 'dagstore'>,
  log: Logger,
  { signal, onOutcome }: RegisterOptions,
): Promise<void> {
  log.info('registering shards for all active deals in sealing subsystem', { count: deals.length })
  const seen = new Set<string>()
  const underWay = new Set<Promise<void>>()
  for (const deal of deals) {
    throwIfAborted(signal)
    const key = deal.pieceCid
    const fields = { deal_id: deal.dealId, piece_cid: key }
    if (!deal.eligible) {
      log.info('deal not ready; skipping', fields)
      continue
    }
    log.info('registering deal in dagstore with lazy init', fields)
    if (seen.has(key) || dagstore.has(key)) {
      const error = `failed to schedule register shard for piece CID ${key}: ${key}: shard already exists`
      log.warn('failed to register shard', { ...fields, error })
      if (!seen.has(key)) onOutcome({ key, outcome: 'present', error: null })
      seen.add(key)
      continue
    }
    seen.add(key)
    const registration = register(key, dagstore, log).then((outcome) => {
      underWay.delete(registration)
      onOutcome(outcome)
    })
    registration.catch(() => {}) // thrown by whoever waits next
    underWay.add(registration)
    if (underWay.size >= UNDER_WAY) await Promise.race(underWay)
  }
  log.info('finished registering all shards', { total: seen.size })
  await Promise.all(underWay)
  throwIfAborted(signal)
  log.info('confirmed registration of all shards')
}

async function register(key: string, dagstore: MigrationPorts['dagstore'], log: Logger): Promise<ShardOutcome> {
  try {
    await dagstore.registerPiece(key, { lazy: true })
    log.info('async shard registration completed successfully', { shard_key: key })
    return { key, outcome: 'registered', error: null }
  } catch (thrown) {
    const { code, message } = EngineError.from(thrown)
    if (code === 'CLOSED') throw thrown
    log.warn('async shard registration failed', { shard_key: key, error: message })
    return { key, outcome: 'failed', error: message }
  }
}

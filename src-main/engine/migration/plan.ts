import type {
  MigrationDeal,
  MigrationImport,
  MigrationShard,
  MigrationSummary,
} from '../../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { type ClientImport, readClientImports } from './lotus/client-repository.ts'
import { dealStateName, whyNotEligible } from './lotus/deal-states.ts'
import { type ImportVerdict, judgeImport } from './lotus/judge-import.ts'
import { type MinerRepository, readMinerRepository } from './lotus/miner-repository.ts'
import type { MigrationConfig, MigrationPorts } from './migration-ports.ts'
import { ownDeals } from './own-deals.ts'
import { PiecePlaces } from './piece-places.ts'
import { summaryOf } from './plan-summary.ts'

export interface MigrationInput {
  lotusMiner: string | null
  lotus: string | null
}

/** What a migration would do. Nothing has been changed for it. */
export interface MigrationPlan {
  deals: MigrationDeal[]
  shards: MigrationShard[]
  imports: PlannedImport[]
  summary: MigrationSummary
  warnings: string[]
  /** Of the miner. */
  storagePaths: string[]
  miner: MinerRepository | null
}

export interface PlannedImport {
  view: MigrationImport
  verdict: ImportVerdict
}

/** Pieces that are looked for at once. */
const LOOKS = 32

/** Without a miner's repository the deals are Carport's own. Errors as of `withMetadata`. */
export async function makePlan(
  input: MigrationInput,
  ports: MigrationPorts,
  config: MigrationConfig,
  work: LongWorkOptions,
): Promise<MigrationPlan> {
  const options = { ...work, scratchDirectory: config.scratchDirectory }
  const miner = input.lotusMiner === null ? null : await readMinerRepository(input.lotusMiner, options)
  const imports = input.lotus === null ? [] : await planImports(input.lotus, ports, config, options)
  const useOwn = input.lotusMiner === null && input.lotus === null
  const deals = miner === null ? (useOwn ? ownDeals(ports.ownDeals()) : []) : minerDeals(miner)
  const places = await PiecePlaces.open(input.lotusMiner, miner, ports)
  const shards = await planShards(deals, places, ports, work)
  const summary = summaryOf(deals, shards, imports)
  const isStorageUnknown = miner !== null && places.paths.length === 0 && summary.shards.register > 0
  return {
    ...{ deals, shards, imports, miner, summary },
    warnings: [...(miner?.warnings ?? []), ...(isStorageUnknown ? [NO_STORAGE] : []), ...places.warnings],
    storagePaths: miner?.storagePaths ?? [],
  }
}

function minerDeals({ deals, dealsVersion }: MinerRepository): MigrationDeal[] {
  return deals.map((deal) => {
    const reason = whyNotEligible(deal.state, dealsVersion)
    return { ...deal, stateName: dealStateName(deal.state), eligible: reason === null, reason }
  })
}

/** One row for each piece, in the order of its first deal. */
async function planShards(
  deals: MigrationDeal[],
  places: PiecePlaces,
  { dagstore }: Pick<MigrationPorts, 'dagstore'>,
  work: LongWorkOptions,
): Promise<MigrationShard[]> {
  const pieces = new Map<string, MigrationDeal>()
  for (const deal of deals)
    if (pieces.get(deal.pieceCid)?.eligible !== true && (deal.eligible || !pieces.has(deal.pieceCid)))
      pieces.set(deal.pieceCid, deal)
  const rows = [...pieces.values()].map((deal) => rowOf(deal, dagstore.has(deal.pieceCid)))
  await lookForPieces(
    rows.filter(({ action }) => action === 'register'),
    pieces,
    places,
    work,
  )
  return rows
}

const NO_STORAGE =
  'The repository names no storage path that is on this machine, so pieces in its sectors cannot be read. Name the storage paths with the setting Pieces.LotusStoragePaths.'

function rowOf(deal: MigrationDeal, isPresent: boolean): MigrationShard {
  const row = { key: deal.pieceCid, pieceState: null }
  if (isPresent) return { ...row, action: 'present', reason: 'It is a shard already.' }
  if (!deal.eligible)
    return { ...row, action: 'skip', reason: `No deal on this piece is eligible. ${deal.reason ?? ''}`.trimEnd() }
  const wrong = whyNoPiece(deal.pieceCid)
  return { ...row, action: wrong === null ? 'register' : 'fail', reason: wrong }
}

/** What registering it would say; null for a piece CID. */
function whyNoPiece(key: string): string | null {
  try {
    parsePieceCid(key)
    return null
  } catch (error) {
    return EngineError.from(error).message
  }
}

async function lookForPieces(
  rows: MigrationShard[],
  deals: Map<string, MigrationDeal>,
  places: PiecePlaces,
  { signal, onProgress }: LongWorkOptions,
): Promise<void> {
  const sizeOf = (row: MigrationShard) => deals.get(row.key)?.pieceSize ?? 0
  const totalBytes = rows.reduce((sum, row) => sum + sizeOf(row), 0)
  let doneBytes = 0
  for (let from = 0; from < rows.length; from += LOOKS) {
    throwIfAborted(signal)
    await Promise.all(
      rows.slice(from, from + LOOKS).map(async (row) => {
        const { state, reason } = await places.look(row.key, { signal })
        row.pieceState = state
        row.reason = reason
        doneBytes += sizeOf(row)
      }),
    )
    onProgress?.({ phase: 'Looking for unsealed copies', doneBytes, totalBytes })
  }
}

async function planImports(
  repository: string,
  ports: MigrationPorts,
  config: MigrationConfig,
  options: LongWorkOptions & { scratchDirectory: string },
): Promise<PlannedImport[]> {
  const found: ClientImport[] = await readClientImports(repository, options)
  const planned: PlannedImport[] = []
  for (const each of found) {
    throwIfAborted(options.signal)
    options.onProgress?.({ phase: 'Checking imports', doneBytes: 0, totalBytes: null })
    const verdict = await judgeImport(each, {
      signal: options.signal,
      onProgress: options.onProgress,
      repository,
      tasks: ports.tasks,
      nowMs: ports.clock.now(),
      resolvePath: config.resolvePath ?? ((path) => path),
    })
    const { root, source, carPath, reason } = verdict
    const present = ports.imports.has(each.id)
    const action = actionOn(verdict, present)
    const view = { id: each.id, root, source, carPath, verdict: verdict.verdict, action, reason, present }
    planned.push({ view, verdict })
  }
  return planned
}

function actionOn({ verdict, again }: ImportVerdict, isPresent: boolean): MigrationImport['action'] {
  if (isPresent) return 'present'
  if (verdict === 'good') return 'take-over'
  return again === null ? 'skip' : 'import-again'
}

import type { MigrationDeal, MigrationImport, MigrationShard } from '../../../src-shared/contract/index.ts'
import { EngineError, type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { LotusStorageSource, lotusStoragePaths, type PieceState, type SectorLocation } from '../pieces/index.ts'
import { type ClientImport, readClientImports } from './lotus/client-repository.ts'
import { dealStateName, whyNotEligible } from './lotus/deal-states.ts'
import { type ImportVerdict, judgeImport } from './lotus/judge-import.ts'
import { type MinerRepository, readMinerRepository } from './lotus/miner-repository.ts'
import type { MigrationConfig, MigrationPorts } from './migration-ports.ts'
import { ownDeals } from './own-deals.ts'

export interface MigrationInput {
  lotusMiner: string | null
  lotus: string | null
}

/** What a migration would do. Nothing has been changed for it. */
export interface MigrationPlan {
  deals: MigrationDeal[]
  shards: MigrationShard[]
  imports: PlannedImport[]
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
  const { shards, warnings } = await planShards(deals, miner, ports, work)
  return {
    ...{ deals, shards, imports, miner },
    warnings: [...(miner?.warnings ?? []), ...warnings],
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
  miner: MinerRepository | null,
  ports: MigrationPorts,
  work: LongWorkOptions,
): Promise<{ shards: MigrationShard[]; warnings: string[] }> {
  const pieces = new Map<string, MigrationDeal>()
  for (const deal of deals)
    if (pieces.get(deal.pieceCid)?.eligible !== true && (deal.eligible || !pieces.has(deal.pieceCid)))
      pieces.set(deal.pieceCid, deal)
  const rows = [...pieces.values()].map((deal) => rowOf(deal, ports.dagstore.has(deal.pieceCid)))
  const places = await PiecePlaces.open(miner, ports)
  const toRegister = rows.filter(({ action }) => action === 'register')
  await lookForPieces(toRegister, pieces, places, work)
  const warnings = places.hasStorage || toRegister.length === 0 || miner === null ? [] : [NO_STORAGE]
  return { shards: rows, warnings }
}

const NO_STORAGE =
  'The repository names no storage path that is on this machine, so pieces in its sectors cannot be read. Name the storage paths with the setting Pieces.LotusStoragePaths.'

function rowOf(deal: MigrationDeal, isPresent: boolean): MigrationShard {
  const row = { key: deal.pieceCid, pieceState: null }
  if (isPresent) return { ...row, action: 'present', reason: 'It is a shard already.' }
  if (deal.eligible) return { ...row, action: 'register', reason: null }
  return { ...row, action: 'skip', reason: `No deal on this piece is eligible. ${deal.reason ?? ''}`.trimEnd() }
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
        const { state, problem } = await places.look(row.key)
        row.pieceState = state
        row.reason = problem
        doneBytes += sizeOf(row)
      }),
    )
    onProgress?.({ phase: 'Looking for unsealed copies', doneBytes, totalBytes })
  }
}

/** Where the pieces of a plan can be read once it has run: Carport's own directory, and the miner's sectors. */
class PiecePlaces {
  readonly hasStorage: boolean
  readonly #ports: MigrationPorts
  readonly #locations: ReadonlyMap<string, SectorLocation[]> | null
  readonly #sectors: LotusStorageSource

  private constructor(miner: MinerRepository | null, ports: MigrationPorts, paths: string[]) {
    this.hasStorage = paths.length > 0
    this.#ports = ports
    this.#locations = miner?.locations ?? null
    const found = miner?.locations ?? new Map<string, SectorLocation[]>()
    const locations = {
      find: async (pieceCid: string) => found.get(pieceCid) ?? [],
      entries: async function* () {
        yield* found
      },
    }
    this.#sectors = new LotusStorageSource({ directories: paths, locations, log: ports.log })
  }

  static async open(miner: MinerRepository | null, ports: MigrationPorts): Promise<PiecePlaces> {
    const paths = new Set(miner?.storagePaths)
    for (const directory of ports.lotusStoragePaths())
      for (const path of await lotusStoragePaths(directory).catch(() => [])) paths.add(path)
    return new PiecePlaces(miner, ports, [...paths])
  }

  /** The best state, and why the piece cannot be read. */
  async look(key: string): Promise<{ state: PieceState; problem: string | null }> {
    try {
      const { pieceCid } = parsePieceCid(key)
      const own = await this.#ports.ownPieces.stat(pieceCid)
      if (own.state === 'unsealed') return { state: 'unsealed', problem: null }
      const { state } = await this.#sectors.stat(pieceCid)
      return { state, problem: state === 'unsealed' ? null : this.#why(key, state) }
    } catch (error) {
      return { state: 'missing', problem: EngineError.from(error).message }
    }
  }

  #why(key: string, state: PieceState): string {
    if (state === 'sealed-only')
      return 'Only a sealed copy is here: the shard cannot be read until the piece is unsealed, or an unsealed copy is added.'
    if (this.#locations === null) return 'No piece source on this machine has this piece.'
    const locations = this.#locations.get(key)
    if (locations === undefined)
      return "Lotus' piece store has no entry for this piece, so nothing tells its sector: the shard cannot be read until the piece is added."
    if (locations.length === 0)
      return "Lotus' piece store names no sector for this piece: the shard cannot be read until the piece is added."
    const sectors = [...new Set(locations.map(({ sector }) => sector))].join(', ')
    return `No file of sector ${sectors} is in the storage paths on this machine: the shard cannot be read until it is.`
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

import type { CID } from 'multiformats/cid'
import type { MigrationShard } from '../../../src-shared/contract/index.ts'
import { EngineError, throwIfAborted } from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { LotusStorageSource, lotusStoragePaths, type PieceCallOptions, type SectorLocation } from '../pieces/index.ts'
import type { MinerRepository } from './lotus/miner-repository.ts'
import type { MigrationPorts } from './migration-ports.ts'
import { locationsAfter } from './sector-notes.ts'

/** Where a piece is, and, where it cannot be read, who was asked, what each said, and what to do. */
export interface PieceFinding {
  state: Exclude<MigrationShard['pieceState'], null>
  reason: string | null
}

/** What one source says. `says` is a sentence without its full stop. */
interface Answer {
  state: PieceFinding['state']
  says: string
}

/**
 * Where the pieces of a plan can be read once it has run: Carport's own directory, the sectors of the miner and of the
 * Lotus installations that are known already, the piece servers. Asked in the order in which a shard asks them.
 */
export class PiecePlaces {
  /** Storage paths that are on this machine. */
  readonly paths: readonly string[]
  readonly #ports: MigrationPorts
  readonly #miner: MinerRepository | null
  readonly #sectors: LotusStorageSource
  readonly #locate: (key: string) => Promise<SectorLocation[]>
  /** Why servers could not be asked. They are not asked again for this plan. */
  readonly #failedServers = new Map<string, string>()

  private constructor(directories: string[], paths: string[], miner: MinerRepository | null, ports: MigrationPorts) {
    this.paths = paths
    this.#ports = ports
    this.#miner = miner
    this.#locate = async (key) => locationsAfter(miner?.locations.get(key) ?? [], await ports.locations.find(key))
    const locations = { find: this.#locate, entries: () => ports.locations.entries() }
    this.#sectors = new LotusStorageSource({ directories, locations, log: ports.log })
  }

  /** `repository`: of the miner, whose storage a run makes known. */
  static async open(
    repository: string | null,
    miner: MinerRepository | null,
    ports: MigrationPorts,
  ): Promise<PiecePlaces> {
    const directories = new Set(ports.lotusStoragePaths())
    if (repository !== null && miner !== null && miner.storagePaths.length > 0) directories.add(repository)
    const paths = new Set<string>()
    for (const directory of directories)
      for (const path of await lotusStoragePaths(directory).catch(() => [])) paths.add(path)
    return new PiecePlaces([...directories], [...paths], miner, ports)
  }

  /** Servers that could not be asked, in sentences. */
  get warnings(): string[] {
    return [...this.#failedServers].map(
      ([server, why]) =>
        `A shard whose piece only ${server} has is counted as one that cannot be read yet: the server could not be asked. ${why}`,
    )
  }

  /** The best copy there is. INVALID_CID where the key is no piece CID. */
  async look(key: string, options: PieceCallOptions): Promise<PieceFinding> {
    const { pieceCid } = parsePieceCid(key)
    const own = await this.#askOwn(pieceCid, options)
    if (own.state === 'unsealed') return UNSEALED
    const sectors = await this.#askSectors(pieceCid, options)
    if (sectors?.state === 'unsealed') return UNSEALED
    const servers = await this.#askServers(pieceCid, options)
    if (servers.some(({ state }) => state === 'unsealed')) return UNSEALED
    const answers = [...(sectors === null ? [] : [sectors]), own, ...servers]
    const state = NOT_READABLE.find((each) => answers.some((answer) => answer.state === each)) ?? 'missing'
    return { state, reason: `${answers.map(({ says }) => says).join('; ')}. ${ADVICE[state]}` }
  }

  #askOwn(pieceCid: CID, options: PieceCallOptions): Promise<Answer> {
    const asked = { who: "Carport's own pieces", lacks: "it is not among Carport's own pieces" }
    return answerOf(asked, () => this.#ports.ownPieces.stat(pieceCid, options), options)
  }

  /** null where neither the miner nor an earlier migration knows of sectors. */
  async #askSectors(pieceCid: CID, options: PieceCallOptions): Promise<Answer | null> {
    const key = pieceCid.toString()
    const locations = await this.#locate(key)
    if (locations.length === 0) return this.#sayUnknownToLotus(key)
    const numbers = [...new Set(locations.map(({ sector }) => sector))]
    const sectors = `${numbers.length === 1 ? 'sector' : 'sectors'} ${numbers.join(', ')}`
    const where = this.paths.length === 0 ? 'no storage path is on this machine' : this.paths.join(', ')
    const asked = { who: "Lotus' storage", lacks: `Lotus' storage has no file of ${sectors} (${where})` }
    const answer = await answerOf(asked, () => this.#sectors.stat(pieceCid, options), options)
    return answer.state === 'sealed-only' ? { ...answer, says: `Lotus' storage has ${sectors} sealed only` } : answer
  }

  #sayUnknownToLotus(key: string): Answer | null {
    if (this.#miner === null) return null
    const what = this.#miner.locations.has(key) ? 'names no sector for this piece' : 'has no entry for this piece'
    return { state: 'missing', says: `Lotus' piece store ${what}` }
  }

  #askServers(pieceCid: CID, options: PieceCallOptions): Promise<Answer[]> {
    return Promise.all(
      this.#ports.pieceServers().map(async (server): Promise<Answer> => {
        const who = `the piece server ${server.baseUrl.href}`
        if (this.#failedServers.has(who)) return { state: 'unknown', says: `${who} could not be asked` }
        return answerOf(
          { who, lacks: `${who} does not have it` },
          () => server.stat(pieceCid, options),
          options,
          (why) => this.#failedServers.set(who, why),
        )
      }),
    )
  }
}

const UNSEALED: PieceFinding = { state: 'unsealed', reason: null }
/** What one source says of a piece outweighs what comes after it. */
const NOT_READABLE = ['unknown', 'sealed-only'] as const
const ADVICE = {
  missing: 'Add the piece, or name a storage path or a piece server that has it.',
  'sealed-only': 'Have it unsealed, or add an unsealed copy of the piece.',
  unknown: 'Once that is mended, the shard is read from there.',
}

async function answerOf(
  { who, lacks }: { who: string; lacks: string },
  ask: () => Promise<{ state: PieceFinding['state'] }>,
  { signal }: PieceCallOptions,
  onFailed: (why: string) => void = () => {},
): Promise<Answer> {
  try {
    const { state } = await ask()
    return { state, says: lacks }
  } catch (thrown) {
    throwIfAborted(signal)
    const { message } = EngineError.from(thrown)
    onFailed(message)
    return { state: 'unknown', says: `${who} could not be asked: ${message.replace(/\.$/, '')}` }
  }
}

import type { CID } from 'multiformats/cid'
import { EngineError, throwIfAborted } from '../../base/index.ts'
import type { WritableBlockstore } from '../../blockstore/index.ts'
import type { HttpClient } from '../../net/index.ts'
import { DagFrontier, scanMissing } from './dag-frontier.ts'
import { DagIntake } from './dag-intake.ts'
import { GatewaySession } from './gateway-session.ts'

/**
 * Pulls the DAG below a root from trustless gateways into a store, on top of whatever of it the store has. Every block
 * is checked; it is done only when a walk from the root finds no gap, whatever the gateways say.
 */
export interface DagPull {
  root: CID
  /** Base URLs, in order of preference. */
  providers: string[]
  store: WritableBlockstore
  client: HttpClient
  requestId: string
  signal: AbortSignal
  /** Default 2 MiB, as the trustless gateway specification has it. */
  maxBlockBytes?: number
  /** Single blocks asked for at once from each provider. Default 8. */
  rawInFlight?: number
  /** A block has been stored. */
  onBlock(cid: CID, bytes: Uint8Array): void
  onNote(message: string): void
}

const MAX_BLOCK_BYTES = 2 * 1024 * 1024
const RAW_IN_FLIGHT = 8

/**
 * Rejects with PEER_UNAVAILABLE or PEER_PROTOCOL (may be tried again: what arrived stays), DAG_INCOMPLETE when the
 * providers do not have some of it, BLOCK_NOT_FOUND when they do not have the root.
 */
export async function pullDag(pull: DagPull): Promise<void> {
  const { root, store, signal } = pull
  for (let round = 1; ; round++) {
    const frontier = new DagFrontier(store)
    await scanMissing(frontier, store, root, signal)
    if (frontier.size === 0) return
    // The set of wanted blocks was empty, and yet a walk finds a gap: the store has lost something it took.
    if (round > 2)
      throw new EngineError(
        'IO_ERROR',
        'Blocks that were stored cannot be found again: the disk or its file is damaged.',
      )
    await fetchAll(pull, frontier)
  }
}

async function fetchAll(pull: DagPull, frontier: DagFrontier): Promise<void> {
  const { store, client, requestId, signal, onBlock, onNote } = pull
  const maxBlockBytes = pull.maxBlockBytes ?? MAX_BLOCK_BYTES
  const rawInFlight = pull.rawInFlight ?? RAW_IN_FLIGHT
  const intake = new DagIntake({ frontier, store, maxBlockBytes, onBlock })
  const failures: EngineError[] = []
  const sessions = pull.providers.map(
    (url) =>
      new GatewaySession({
        ...{ url, client, frontier, intake, requestId, signal, maxBlockBytes, rawInFlight, onNote },
      }),
  )
  await Promise.all(
    sessions.map((session) =>
      session.run().catch((thrown: unknown) => {
        const error = EngineError.from(thrown)
        failures.push(error)
        if (!signal.aborted && sessions.length > 1) onNote(`${error.message} Going on with the other providers.`)
      }),
    ),
  )
  throwIfAborted(signal)
  if (frontier.size > 0) throw worstOf(failures) ?? incomplete(pull, frontier, sessions)
}

/** What to tell of several failures: one of this machine first, then one after which trying again may help. */
function worstOf(failures: EngineError[]): EngineError | undefined {
  const rank = ({ code }: EngineError) => (code === 'PEER_PROTOCOL' ? 2 : code === 'PEER_UNAVAILABLE' ? 1 : 0)
  return [...failures].sort((a, b) => rank(a) - rank(b))[0]
}

function incomplete({ root, providers }: DagPull, frontier: DagFrontier, sessions: GatewaySession[]): EngineError {
  const who = providers.length === 1 ? `${providers[0]} does not have` : 'None of the providers has'
  const lacked = sessions.map((session) => session.lacked).find((cid) => cid !== null) ?? frontier.example?.cid
  const details = { root: root.toString(), cid: lacked?.toString() ?? null, missingBlocks: frontier.size }
  if (lacked?.equals(root) === true) return new EngineError('BLOCK_NOT_FOUND', `${who} ${root}.`, { details })
  return new EngineError(
    'DAG_INCOMPLETE',
    `${who} all of ${root}: ${frontier.size} of the blocks wanted so far cannot be had, such as ${lacked}.`,
    { details },
  )
}

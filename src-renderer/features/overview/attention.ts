import type {
  DealView,
  ImportView,
  PieceView,
  RetrievalView,
  SystemStatus,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import { formatBytes, shortCid } from '../../../src-shared/format/index.ts'
import { baseName, type Tone } from '../../components/index.ts'

/** Something that a person should look at, and where. */
export interface Attention {
  id: string
  tone: Extract<Tone, 'failed' | 'attention'>
  title: string
  detail: string
  subject:
    | { kind: 'import'; view: ImportView }
    | { kind: 'deal' | 'retrieval' | 'transfer'; id: string }
    | { kind: 'shards' | 'pieces' | 'disk' }
}

export interface AttentionSources {
  imports: readonly ImportView[]
  deals: readonly DealView[]
  retrievals: readonly RetrievalView[]
  transfers: readonly TransferView[]
  pieces: readonly PieceView[]
  status: SystemStatus | null
}

const LOW_SPACE_PART = 0.03
const LOW_SPACE_BYTES = 5 * 2 ** 30

/** Worst first: what is broken, then what will break. */
export function attentionOf(sources: AttentionSources): Attention[] {
  const { imports, deals, retrievals, transfers } = sources
  const found: Attention[] = [
    ...imports.filter(isWrong).map(ofImport),
    ...deals.filter(({ state }) => state === 'failed').map(ofDeal),
    ...retrievals
      .filter(({ state, complete }) => state === 'failed' || (state === 'done' && !complete))
      .map(ofRetrieval),
    // A failed transfer of a deal or retrieval is told with its owner.
    ...transfers.filter(({ state, ownerId }) => state === 'failed' && ownerId === null).map(ofTransfer),
    ...ofShards(sources),
    ...ofPieces(sources),
    ...ofDisk(sources),
  ]
  return found.sort((a, b) => RANK[a.tone] - RANK[b.tone])
}

const RANK = { failed: 0, attention: 1 } as const

function isWrong({ state, health }: ImportView): boolean {
  return state === 'failed' || health === 'broken' || health === 'attention'
}

function ofImport(view: ImportView): Attention {
  return {
    id: `import-${view.id}`,
    tone: view.health === 'attention' && view.state !== 'failed' ? 'attention' : 'failed',
    title: baseName(view.source),
    detail: view.problem?.message ?? 'The import needs a look.',
    subject: { kind: 'import', view },
  }
}

function ofDeal({ dealId, error, message }: DealView): Attention {
  return {
    id: `deal-${dealId}`,
    tone: 'failed',
    title: `Deal ${dealId} failed`,
    detail: error?.message ?? message,
    subject: { kind: 'deal', id: dealId },
  }
}

function ofRetrieval({ dealId, path, root, state, error }: RetrievalView): Attention {
  const name = path === null ? shortCid(root) : baseName(path)
  return {
    id: `retrieval-${dealId}`,
    tone: state === 'failed' ? 'failed' : 'attention',
    title: state === 'failed' ? `Retrieval of ${name} failed` : `Retrieval of ${name} is incomplete`,
    detail: error?.message ?? 'Blocks are missing. Retry fetches only those.',
    subject: { kind: 'retrieval', id: dealId },
  }
}

function ofTransfer({ id, what, error, message }: TransferView): Attention {
  return {
    id: `transfer-${id}`,
    tone: 'failed',
    title: `Transfer of ${shortCid(what)} failed`,
    detail: error?.message ?? message,
    subject: { kind: 'transfer', id },
  }
}

function ofShards({ status }: AttentionSources): Attention[] {
  const errored = status?.shards.Errored ?? 0
  if (errored === 0) return []
  return [
    {
      id: 'shards',
      tone: 'failed',
      title: errored === 1 ? 'One shard has failed' : `${errored.toLocaleString('en')} shards have failed`,
      detail:
        errored === 1
          ? 'Its data cannot be retrieved. Its details say why, and what to do.'
          : 'Their data cannot be retrieved. They are gathered by cause, with what to do about each.',
      subject: { kind: 'shards' },
    },
  ]
}

function ofPieces({ pieces }: AttentionSources): Attention[] {
  const bare = pieces.filter(({ hasShard, state }) => !hasShard && state !== 'missing').length
  if (bare === 0) return []
  return [
    {
      id: 'pieces',
      tone: 'attention',
      title: bare === 1 ? 'One piece has no shard' : `${bare.toLocaleString('en')} pieces have no shard`,
      detail: 'They are held but cannot be retrieved until they are registered.',
      subject: { kind: 'pieces' },
    },
  ]
}

function ofDisk({ status }: AttentionSources): Attention[] {
  if (status === null) return []
  const { freeBytes, totalBytes } = status.disk
  if (totalBytes === 0 || (freeBytes > LOW_SPACE_BYTES && freeBytes > totalBytes * LOW_SPACE_PART)) return []
  return [
    {
      id: 'disk',
      tone: freeBytes < LOW_SPACE_BYTES / 5 ? 'failed' : 'attention',
      title: `Only ${formatBytes(freeBytes)} are free on the disk`,
      detail: 'Imports and transfers stop when it is full. Transients can be collected at once.',
      subject: { kind: 'disk' },
    },
  ]
}

import { CID } from 'multiformats/cid'
import type {
  DealView,
  Finding,
  FindResult,
  ImportView,
  PieceView,
  RetrievalView,
  ShardView,
  TransferView,
} from '../../../../src-shared/contract/index.ts'
import { throwIfAborted } from '../../base/index.ts'
import type { DagSource } from '../../blockstore/index.ts'
import { isPieceCid, parsePieceCid } from '../../commp/index.ts'
import type { CarFingerprints } from './car-fingerprints.ts'
import { blockIn, ofDeal, ofImport, ofPiece, ofRetrieval, ofShard, ofTransfer } from './findings.ts'
import { type Reading, readText } from './read-text.ts'

/** What can be found, as live rows; and where blocks are. */
export interface FindSources {
  imports(): ImportView[]
  deals(): DealView[]
  retrievals(): RetrievalView[]
  pieces(): PieceView[]
  shards(): ShardView[]
  transfers(): TransferView[]
  /** Shards whose index has this multihash. */
  shardsWithMultihash(multihash: Uint8Array): Promise<Array<Pick<ShardView, 'key' | 'state'>>>
  /** Opens imports and retrievals by their root. */
  dags: DagSource
  /** Which CARs need not be opened. */
  prints: Pick<CarFingerprints, 'mayHold'>
}

export interface FindOptions {
  signal?: AbortSignal
  /** Imports and retrievals looked into for a block, of how many. */
  onLooked?: (looked: number, total: number) => void
}

const MOST = 50
const ORDER: ReadonlyArray<Finding['kind']> = ['import', 'deal', 'retrieval', 'piece', 'shard', 'block', 'transfer']
const IDENTITY = 0x00
/** CIDs of one block differ in these: roots are compared as text in each. */
const CODECS = [0x70, 0x55, 0x71, 0x0129]
const DAG_PB = 0x70
const SHA2_256 = 0x12
const OPENED_AT_ONCE = 8

/**
 * What a pasted text names: a CID of any kind in any base, a multihash, an id, a path, part of a name. Whatever it may
 * mean is looked up; exact matches hide partial ones.
 */
export async function find(text: string, sources: FindSources, options: FindOptions = {}): Promise<FindResult> {
  const wanted = text.trim()
  if (wanted === '') return { findings: [], readAs: [], searched: [] }
  const readings = readText(wanted)
  const exact = [...findIds(wanted, sources), ...(await findReadings(readings, sources, options))]
  const findings = exact.length > 0 ? exact : readings.length > 0 ? [] : findPart(wanted.toLowerCase(), sources)
  return {
    findings: inOrder(distinct(findings)).slice(0, MOST),
    readAs: [...new Set(readings.map(({ as }) => as))],
    searched: searchedWords(readings.length > 0, sources),
  }
}

async function findReadings(readings: Reading[], sources: FindSources, options: FindOptions): Promise<Finding[]> {
  const all: Finding[] = []
  for (const { cid } of readings) all.push(...(await findCid(cid, sources, options)))
  return all
}

/** Everything that has this CID: as root, as piece, as shard, or as a block inside. */
async function findCid(cid: CID, sources: FindSources, options: FindOptions): Promise<Finding[]> {
  const names = namesOf(cid)
  const piece = isPieceCid(cid) ? parsePieceCid(cid).pieceCid.toString() : null
  const imports = sources.imports().filter(({ root }) => root !== null && names.has(root))
  const retrievals = sources.retrievals().filter(({ root }) => names.has(root))
  const isPiece = (pieceCid: string | null) => pieceCid !== null && (pieceCid === piece || names.has(pieceCid))
  return [
    ...imports.map((row) => ofImport(row)),
    ...sources
      .deals()
      .filter(({ root, pieceCid }) => names.has(root) || isPiece(pieceCid))
      .map(ofDeal),
    ...retrievals.map((row) => ofRetrieval(row)),
    ...sources
      .pieces()
      .filter(({ pieceCid }) => isPiece(pieceCid))
      .map(ofPiece),
    ...sources
      .shards()
      .filter(({ key }) => isPiece(key))
      .map(ofShard),
    ...(piece === null ? await findBlock(cid, sources, options) : []),
  ]
}

/** Imports, retrievals and shards that hold a block. */
async function findBlock(cid: CID, sources: FindSources, options: FindOptions): Promise<Finding[]> {
  const block = cid.toString()
  const shards = await sources.shardsWithMultihash(cid.multihash.bytes)
  const inShards = shards.map((shard) => blockIn(shard, block))
  if (cid.multihash.code === IDENTITY) return inShards // every store answers those from the CID itself
  const imports = sources.imports().filter(({ state, root }) => state === 'ready' && root !== null)
  const retrievals = sources.retrievals()
  const holding = await rootsHolding(cid, [...imports, ...retrievals], sources, options)
  return [
    ...imports.filter(({ root }) => holding.has(root as string)).map((row) => ofImport(row, block)),
    ...retrievals.filter(({ root }) => holding.has(root)).map((row) => ofRetrieval(row, block)),
    ...inShards,
  ]
}

/** Those of these DAGs that hold the block, by their indexes. One that cannot be opened holds nothing that can be read. */
async function rootsHolding(
  cid: CID,
  rows: ReadonlyArray<{ root: string | null; carPath: string }>,
  { dags, prints }: FindSources,
  { signal, onLooked }: FindOptions,
): Promise<Set<string>> {
  const paths = [...new Set(rows.map(({ carPath }) => carPath))]
  const looked = (count: number) => onLooked?.(count, paths.length)
  const mayHold = await prints.mayHold(paths, cid, { signal, onLooked: looked })
  const roots = new Set(rows.filter(({ carPath }) => mayHold.has(carPath)).map(({ root }) => root as string))
  const holding = new Set<string>()
  const queue = roots.values()
  const worker = async () => {
    for (const root of queue) {
      throwIfAborted(signal)
      if (await holds(dags, CID.parse(root), cid).catch(() => false)) holding.add(root)
    }
  }
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, worker))
  return holding
}

async function holds(dags: DagSource, root: CID, cid: CID): Promise<boolean> {
  const dag = await dags.open(root)
  if (dag === null) return false
  try {
    for (const codec of new Set([cid.code, ...CODECS]))
      if (await dag.blockstore.has(CID.createV1(codec, cid.multihash))) return true
    return false
  } finally {
    await dag.release()
  }
}

/** The texts under which the block of a CID may be named: CIDv0 and CIDv1 of one hash are the same block. */
function namesOf(cid: CID): ReadonlySet<string> {
  const names = new Set([cid.toString()])
  for (const codec of [cid.code, ...CODECS]) names.add(CID.createV1(codec, cid.multihash).toString())
  if (cid.multihash.code === SHA2_256) names.add(CID.createV1(DAG_PB, cid.multihash).toV0().toString())
  return names
}

function findIds(wanted: string, sources: FindSources): Finding[] {
  const is = (id: string) => id.toLowerCase() === wanted.toLowerCase()
  return [
    ...sources
      .imports()
      .filter(({ id }) => is(id))
      .map((row) => ofImport(row)),
    ...sources
      .deals()
      .filter(({ dealId }) => is(dealId))
      .map(ofDeal),
    ...sources
      .retrievals()
      .filter(({ dealId }) => is(dealId))
      .map((row) => ofRetrieval(row)),
    ...sources
      .shards()
      .filter(({ key }) => is(key))
      .map(ofShard),
    ...sources
      .transfers()
      .filter(({ id }) => is(id))
      .map(ofTransfer),
  ]
}

function findPart(part: string, sources: FindSources): Finding[] {
  const has = (...texts: Array<string | null | undefined>) => texts.some((text) => text?.toLowerCase().includes(part))
  return [
    ...sources
      .imports()
      .filter((row) => has(row.source, row.root, row.problem?.message))
      .map((row) => ofImport(row)),
    ...sources
      .deals()
      .filter((row) => has(row.dealId, row.root, row.pieceCid, row.provider, row.error?.message))
      .map(ofDeal),
    ...sources
      .retrievals()
      .filter((row) => has(row.root, row.path, row.error?.message))
      .map((row) => ofRetrieval(row)),
    ...sources
      .pieces()
      .filter((row) => has(row.pieceCid, row.path))
      .map(ofPiece),
    ...sources
      .shards()
      .filter((row) => has(row.key, row.error))
      .map(ofShard),
  ]
}

/** What was looked through, for when nothing was found. */
function searchedWords(blocks: boolean, sources: FindSources): string[] {
  const inside = blocks ? ' and the blocks in them' : ''
  const indexed = sources.shards().filter(({ state }) => state === 'Available' || state === 'Serving').length
  return [
    `${counted(sources.imports().length, 'import')}${inside}`,
    counted(sources.deals().length, 'deal'),
    `${counted(sources.retrievals().length, 'retrieval')}${inside}`,
    counted(sources.pieces().length, 'piece'),
    counted(sources.shards().length, 'shard'),
    ...(blocks ? [`the indexes of ${counted(indexed, 'shard')}`] : []),
  ]
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}

function inOrder(findings: Finding[]): Finding[] {
  return ORDER.flatMap((kind) => findings.filter((finding) => finding.kind === kind))
}

/** Each thing once: a root is also a block of its import. */
function distinct(findings: Finding[]): Finding[] {
  const known = new Map<string, Finding>()
  for (const finding of findings) {
    const name = `${finding.kind}/${finding.id}`
    if (!known.has(name)) known.set(name, finding)
  }
  return [...known.values()]
}

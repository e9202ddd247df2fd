/**
 * Whether an import of a Lotus client can be read here. Lotus' own check only looks whether the CAR's path exists: to it
 * an empty or cut CAR, a folder, and a source that was edited are all in order.
 */
import { existsSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CID } from 'multiformats/cid'
import {
  EngineError,
  FileReader,
  type LongWorkOptions,
  parseCid,
  type TaskRunner,
  throwIfAborted,
  timeOfNanoId,
} from '../../base/index.ts'
import { type Blockstore, openCarBlockstore, ReferenceBlockstore } from '../../blockstore/index.ts'
import { isIdentity, RAW_CODEC, readCarLayout } from '../../car/index.ts'
import { buildPath, dagStat, denseCar, walkDag } from '../../unixfs/index.ts'
import { type ClientImport, carPathOf } from './client-repository.ts'

export interface ImportVerdict {
  verdict: 'good' | 'broken' | 'legacy'
  /** A sentence. Of a good one: that its source cannot be reached now. */
  reason: string | null
  root: string | null
  source: string
  carPath: string | null
  /** What is known of a good one. */
  facts: ImportFacts | null
  /** Of a legacy one: the file to import again, which is as it was; null where there is none. */
  again: string | null
}

export interface ImportFacts {
  kind: 'linked' | 'car'
  sizeBytes: number
  carSizeBytes: number
  blockCount: number
  /** Of the source, while it was looked at; null where there are several. */
  mtimeMs: number | null
}

export interface JudgeOptions extends LongWorkOptions {
  repository: string
  nowMs: number
  /** Where a file lies now, given where Lotus noted it. */
  resolvePath: (path: string) => string
  tasks: TaskRunner
}

/** Labels of imports that lay in Badger, before Lotus v1.11.2. */
const LEGACY_SOURCES = new Set(['import', 'import-local', 'retrieval', 'gen-car'])

/** Reads as much as it takes to be sure. Throws only CANCELLED. */
export async function judgeImport(found: ClientImport, options: JudgeOptions): Promise<ImportVerdict> {
  const noted = carPathOf(found, options.repository, (path) => existsSync(options.resolvePath(path)))
  const base = {
    root: found.labels.root ?? null,
    source: found.labels.filename ?? '',
    carPath: noted,
    facts: null,
    again: null,
  }
  if (found.unreadable !== null) return { ...base, verdict: 'broken', reason: found.unreadable }
  if (noted === null) return { ...base, ...(await withoutCar(found, options)) }
  try {
    const { facts, reason } = await examine(found, noted, options)
    return { ...base, verdict: 'good', reason, facts }
  } catch (thrown) {
    throwIfAborted(options.signal)
    return { ...base, verdict: 'broken', reason: EngineError.from(thrown).message }
  }
}

async function withoutCar(
  { labels }: ClientImport,
  options: JudgeOptions,
): Promise<Pick<ImportVerdict, 'verdict' | 'reason' | 'again'>> {
  if (!LEGACY_SOURCES.has(labels.source ?? ''))
    return {
      ...{ verdict: 'broken', again: null },
      reason: 'Lotus ended before this import was done; there is nothing of it.',
    }
  const why = 'It was made before Lotus v1.11.2 and has no CAR: its blocks lie in a Badger store'
  const { filename, root = null } = labels
  const legacy = (reason: string, again: string | null = null) => ({ verdict: 'legacy' as const, reason, again })
  if (filename === undefined) return legacy(`${why}, and Lotus did not note a file to import again.`)
  const path = options.resolvePath(filename)
  if (!existsSync(path)) return legacy(`${why}, and ${filename} is not there any more.`)
  try {
    const found = await rootNow(path, root, options)
    if (root === null || found === root) return legacy(`${why}. ${filename} is as it was, and is imported again.`, path)
    return legacy(
      `${why}, and ${filename} has changed since: its root would be ${found} now. Import it anew, with the profile lotus, if that is what you want.`,
    )
  } catch (thrown) {
    throwIfAborted(options.signal)
    return legacy(`${why}, and ${filename} cannot be imported again. ${EngineError.from(thrown).message}`)
  }
}

/** The root that a file would be imported under: `wanted` where it is a CAR with that root, as Lotus took CARs, too. */
async function rootNow(path: string, wanted: string | null, options: JudgeOptions): Promise<string> {
  const { tasks, signal, onProgress } = options
  if (wanted !== null && (await firstRootOfCar(path)) === wanted) return wanted
  return (await buildPath(path, { profile: 'lotus', tasks, signal, onProgress })).root.toString()
}

async function firstRootOfCar(path: string): Promise<string | null> {
  try {
    const reader = FileReader.open(path)
    try {
      return (await readCarLayout(reader)).roots[0]?.toString() ?? null
    } finally {
      await reader.close()
    }
  } catch {
    return null // no CAR
  }
}

async function examine(
  found: ClientImport,
  noted: string,
  options: JudgeOptions,
): Promise<{ facts: ImportFacts; reason: string | null }> {
  const carPath = await requireFile(noted, options)
  const root = rootIn(found)
  const { signal, resolvePath } = options
  const store = await openCarBlockstore(carPath, { signal, resolvePath })
  try {
    requireRoot(store, root, noted)
    const content = await standingOf(store, found, carPath, options)
    const { payloadSize, blockCount } = await dagStat(store, root, options)
    if (content.awayFolder === null)
      if (content.changedAtMs > importedAt(found, options.nowMs)) await hashAll(store, root, payloadSize, options)
      else await hashEnds(store, root, options)
    const linked = found.labels.car_owner === 'importmgr' && found.labels.source !== 'import-local'
    const facts: ImportFacts = {
      kind: linked ? 'linked' : 'car',
      sizeBytes: payloadSize,
      carSizeBytes: statSync(carPath).size,
      blockCount,
      mtimeMs: linked ? await mtimeOf(found.labels.filename, options) : null,
    }
    return { facts, reason: content.awayFolder === null ? null : awayText(content.awayFolder) }
  } finally {
    await store.close()
  }
}

async function requireFile(noted: string, { resolvePath }: JudgeOptions): Promise<string> {
  if (noted === '') throw new EngineError('FILE_NOT_FOUND', 'Lotus noted no path for its CAR.')
  const carPath = resolvePath(noted)
  const found = await stat(carPath).catch(() => null)
  if (found === null) throw new EngineError('FILE_NOT_FOUND', `Its CAR, ${noted}, is not there.`)
  if (!found.isFile()) throw new EngineError('NOT_A_FILE', `${noted} is a folder, not a CAR.`)
  if (found.size === 0)
    throw new EngineError('CAR_TRUNCATED', 'Lotus ended before this import was done; its CAR is empty.')
  return carPath
}

function rootIn({ labels }: ClientImport): CID {
  if (labels.root === undefined) throw new EngineError('INVALID_CID', 'Lotus ended before this import was done.')
  try {
    return parseCid(labels.root)
  } catch (cause) {
    throw new EngineError('INVALID_CID', `Lotus noted "${labels.root}" as its root, which is not a CID.`, { cause })
  }
}

function requireRoot(store: Blockstore, root: CID, noted: string): void {
  if (store.roots.some((each) => each.equals(root))) return
  throw new EngineError('CAR_ROOTS_MISMATCH', `${noted} holds another root than the one that Lotus noted.`)
}

/** What can be said of the bytes of an import without reading them. */
interface Standing {
  /** When they were last written to: its sources, or the user's own CAR. A CAR that Lotus made is as Lotus wrote it. */
  changedAtMs: number
  /** A folder with sources that is not there at all, as when its disk is not connected. */
  awayFolder: string | null
}

/** Sources must be long enough, and there, if their folder is: SOURCE_MISSING, SOURCE_CHANGED. */
async function standingOf(
  store: Blockstore,
  { labels }: ClientImport,
  carPath: string,
  { signal }: JudgeOptions,
): Promise<Standing> {
  if (!(store instanceof ReferenceBlockstore))
    return { changedAtMs: labels.car_owner === 'importmgr' ? 0 : (await stat(carPath)).mtimeMs, awayFolder: null }
  const ends = new Map<string, number>()
  for await (const { path, offset, size } of store.references({ signal }))
    ends.set(path, Math.max(ends.get(path) ?? 0, offset + size))
  const standing: Standing = { changedAtMs: 0, awayFolder: null }
  for (const [path, end] of ends) {
    const source = await stat(path).catch(() => null)
    if (source !== null && source.size < end)
      throw new EngineError('SOURCE_CHANGED', `${path} is shorter than when it was imported.`)
    if (source !== null) standing.changedAtMs = Math.max(standing.changedAtMs, source.mtimeMs)
    else if (!existsSync(dirname(path))) standing.awayFolder ??= dirname(path)
    else throw new EngineError('SOURCE_MISSING', `${path} is not there, and the import has no copy of it.`)
  }
  return standing
}

function awayText(folder: string): string {
  return `Its source is in ${folder}, which is not there now and could not be checked: connect the disk, or relink the import once it is taken over.`
}

/** Ids are nanoseconds; one that cannot be a time in the past proves nothing. */
function importedAt({ id }: ClientImport, nowMs: number): number {
  const at = Date.parse(timeOfNanoId(id) ?? '')
  return at < nowMs ? at : 0
}

async function hashAll(
  store: Blockstore,
  root: CID,
  totalBytes: number,
  { signal, onProgress }: LongWorkOptions,
): Promise<void> {
  let doneBytes = 0
  for await (const { bytes } of walkDag(store, root, { signal })) {
    doneBytes += bytes.length
    onProgress?.({ phase: 'Hashing what changed after its import', doneBytes, totalBytes })
  }
}

/** The first and the last leaf that are read from somewhere: what was not written to since its import is taken to be as it was. */
async function hashEnds(store: Blockstore, root: CID, { signal }: LongWorkOptions): Promise<void> {
  const leaves: CID[] = []
  for (const { cid } of (await denseCar(store, root, { signal })).sections())
    if (cid.code === RAW_CODEC && !isIdentity(cid)) leaves[Math.min(leaves.length, 1)] = cid
  for (const cid of leaves) await store.get(cid, { signal })
}

async function mtimeOf(path: string | undefined, { resolvePath }: JudgeOptions): Promise<number | null> {
  if (path === undefined) return null
  return (await stat(resolvePath(path)).catch(() => null))?.mtimeMs ?? null
}

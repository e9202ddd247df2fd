import type { ShardView } from '../../../src-shared/contract/index.ts'
import { EngineError, type Logger, othersRun } from '../base/index.ts'
import type { RecoverOnStart } from './dagstore-ports.ts'
import type { MountRegistry } from './mount/mount-registry.ts'
import type { ShardRecord } from './records/shard-record.ts'
import { rowNameOf, type ShardRecords, type StoredRow } from './records/shard-records.ts'
import { type MakeUpgrader, Shard, writtenFacts } from './shard.ts'
import { restore } from './shard-machine.ts'
import { stateOfStored } from './stored-state.ts'

/** A row that no shard could be made of. It is shown, and left as it is. */
export interface DamagedRow {
  rowName: string
  /** A whole sentence. */
  reason: string
  /** As far as the row says. */
  url: string
  /** Everything the row says, to find the files it names. */
  text: string
}

/** Something that a restart leaves to be done. */
export interface Unfinished {
  shard: Shard
  what: 'initialize' | 'recover' | 'heal'
}

export interface LoadedShards {
  shards: Map<string, Shard>
  damaged: Map<string, DamagedRow>
  unfinished: Unfinished[]
  misplaced: Stray[]
}

/** A row whose record lies under another name than its own; it is to be moved. */
export interface Stray {
  rowName: string
  record: ShardRecord
}

export interface LoadPorts {
  rows: StoredRow[]
  mounts: MountRegistry
  /** Which keys have an index. */
  isIndexed(key: string): boolean
  policy: RecoverOnStart
  makeUpgrader: MakeUpgrader
  log: Logger
}

/** Rows taken in one go: some milliseconds. */
const HELD_ROWS = 4000

/** All rows of a store of records. */
export async function readRows(records: ShardRecords): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  for await (const row of records.rows()) rows.push(row)
  return rows
}

/** Makes shards of all records, in the states that a restart gives them. */
export async function loadShards(ports: LoadPorts): Promise<LoadedShards> {
  const loaded: LoadedShards = { shards: new Map(), damaged: new Map(), unfinished: [], misplaced: [] }
  const strays: Stray[] = []
  for (const [i, { rowName, content }] of ports.rows.entries()) {
    if (i % HELD_ROWS === HELD_ROWS - 1) await othersRun()
    if ('damage' in content) {
      const reason = `The record of ${rowName} cannot be read: ${content.damage}.`
      reportDamaged(loaded, ports, { rowName, reason, url: '', text: content.text })
    } else if (rowName === content.record.key || rowName === rowNameOf(content.record.key)) {
      loadShard(loaded, ports, rowName, content.record)
    } else {
      strays.push({ rowName, record: content.record })
    }
  }
  for (const { rowName, record } of movableOf(strays, loaded, ports))
    if (loadShard(loaded, ports, rowName, record)) loaded.misplaced.push({ rowName, record })
  return loaded
}

/** The strays that may be moved where they belong: nobody has their key, and no damaged row lies there. */
function movableOf(strays: Stray[], loaded: LoadedShards, ports: LoadPorts): Stray[] {
  for (let movable = strays; ; ) {
    const claims = new Map<string, Stray>()
    for (const stray of movable) if (!claims.has(stray.record.key)) claims.set(stray.record.key, stray)
    const isBlocked = (stray: Stray) =>
      loaded.shards.has(stray.record.key) ||
      loaded.damaged.has(rowNameOf(stray.record.key)) ||
      claims.get(stray.record.key) !== stray
    const blocked = new Set(movable.filter(isBlocked))
    if (blocked.size === 0) return movable
    for (const { rowName, record } of blocked) {
      const reason = `The row ${rowName} holds a record of ${record.key}, which has a row of its own.`
      reportDamaged(loaded, ports, { rowName, reason, url: record.url, text: record.transientPath })
    }
    // Those are damaged rows now, and others may have wanted their places.
    movable = movable.filter((stray) => !blocked.has(stray))
  }
}

function loadShard(loaded: LoadedShards, ports: LoadPorts, rowName: string, record: ShardRecord): boolean {
  try {
    ports.mounts.fromUrl(record.url) // made anew when it is needed
  } catch (thrown) {
    const reason = EngineError.from(thrown).message
    reportDamaged(loaded, ports, { rowName, reason, url: record.url, text: record.transientPath })
    return false
  }
  const shard = new Shard(record.key, record.lazy, record, ports.makeUpgrader)
  const { facts, next } = restore(
    { ...stateOfStored(record), lazy: record.lazy },
    { index: ports.isIndexed(record.key), policy: ports.policy },
  )
  shard.facts = facts
  shard.written = writtenFacts(record)
  loaded.shards.set(record.key, shard)
  if (next !== null) loaded.unfinished.push({ shard, what: next })
  return true
}

function reportDamaged(loaded: LoadedShards, ports: LoadPorts, row: DamagedRow): void {
  loaded.damaged.set(row.rowName, row)
  ports.log.warn('failed to recover state of shard; skipping', { shard: row.rowName, reason: row.reason })
}

export function damagedView(row: DamagedRow): ShardView {
  return {
    key: row.rowName,
    state: 'Errored',
    error: row.reason,
    url: row.url,
    lazy: false,
    transientPath: null,
    sizeBytes: null,
    indexBytes: null,
    readers: 0,
  }
}

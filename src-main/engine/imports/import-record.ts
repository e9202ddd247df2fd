import type { ImportKind, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import type { ErrorCode } from '../../../src-shared/errors/index.ts'
import { timeOfNanoId } from '../base/index.ts'

/** An import as it is remembered. */
export interface ImportRecord {
  id: string
  state: 'importing' | 'ready' | 'failed'
  /** null until the import is on disk. */
  root: string | null
  kind: ImportKind
  /** Absolute path of the user's file or folder; a bare name for an upload. */
  source: string
  /** null in records of a Lotus older than the CARv2 change. */
  carPath: string | null
  /** Whether Carport made the CAR and may delete it. */
  ownsCar: boolean
  profile: UnixfsProfile | null
  sizeBytes: number
  /** Modification time of the source file when it was read; null for folders, uploads and Lotus' records. */
  mtimeMs: number | null
  carSizeBytes: number | null
  blockCount: number | null
  createdAt: string
  /** Why it failed. */
  error: { code: ErrorCode; message: string } | null
}

/**
 * The form on disk: Lotus' `{"Labels": {…}}`, which Lotus itself can read, with Carport's own facts under `carport`.
 * lotus-behaviour.md 5.1.
 */
export interface StoredImport {
  /** Lotus has also written null. */
  Labels: Partial<Record<'source' | 'root' | 'filename' | 'car_path' | 'car_owner' | 'carport', string>> | null
}

type Extra = Pick<
  ImportRecord,
  'state' | 'kind' | 'profile' | 'sizeBytes' | 'mtimeMs' | 'carSizeBytes' | 'blockCount' | 'createdAt' | 'error'
>

const OWNED = 'importmgr'

export function toStored(record: ImportRecord): StoredImport {
  const { state, kind, profile, sizeBytes, mtimeMs, carSizeBytes, blockCount, createdAt, error } = record
  const extra: Extra = { state, kind, profile, sizeBytes, mtimeMs, carSizeBytes, blockCount, createdAt, error }
  return {
    Labels: {
      source: 'import',
      filename: record.source,
      carport: JSON.stringify(extra),
      ...(record.root === null ? {} : { root: record.root }),
      ...(record.carPath === null ? {} : { car_path: record.carPath }),
      ...(record.ownsCar ? { car_owner: OWNED } : {}),
    },
  }
}

/** Also takes what Lotus wrote, which has no `carport` label. */
export function fromStored(id: string, stored: StoredImport): ImportRecord {
  const labels = stored.Labels ?? {}
  const ownsCar = labels.car_owner === OWNED
  const lotus: Extra = {
    state: 'ready',
    kind: ownsCar ? (labels.source === 'import-local' ? 'self-contained' : 'linked') : 'car',
    profile: ownsCar ? 'lotus' : null,
    sizeBytes: 0,
    mtimeMs: null,
    carSizeBytes: null,
    blockCount: null,
    createdAt: timeOfNanoId(id) ?? new Date(0).toISOString(),
    error: null,
  }
  const extra = labels.carport === undefined ? lotus : { ...lotus, ...(JSON.parse(labels.carport) as Extra) }
  return {
    id,
    ...extra,
    root: labels.root ?? null,
    source: labels.filename ?? '',
    carPath: labels.car_path ?? null,
    ownsCar,
  }
}

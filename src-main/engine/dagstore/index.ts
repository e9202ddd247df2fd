/** Shards: CARs behind mounts, with detached indexes, acquired as read-only blockstores. */
export { auditIndexTask, hashSectionsTask } from './audit/audit-index.ts'
export type { Bulk, PlanRequest, PlanStep, ShardsPage } from './bulk/bulk-ports.ts'
export { createDagstore } from './dagstore.ts'
export type {
  AllShardsOptions,
  CallOptions,
  Dagstore,
  DagstoreConfig,
  DagstoreOptions,
  GcReport,
  IndexPage,
  InitializeAllOptions,
  RecoverOnStart,
  RegisterOptions,
  ShardAccessor,
  ShardFailure,
  ShardLinks,
  ShardLookup,
  ShardOp,
  ShardTrace,
} from './dagstore-ports.ts'
export { indexPageTask } from './index-page.ts'
export { checkIndexesTask, stampIndexTask } from './index-repo/check-indexes.ts'
export type { IndexCheck, IndexRepo } from './index-repo/index-repo.ts'
export { indexShardTask } from './index-shard.ts'
export type { AddOptions, InvertedIndex } from './inverted-index/inverted-index.ts'
export { mergeSegmentsTask } from './inverted-index/merge-segments.ts'
export { writeSegmentTask } from './inverted-index/write-segment.ts'
export { BytesMount } from './mount/bytes-mount.ts'
export { FileMount, type FileMountOptions } from './mount/file-mount.ts'
export { FolderMount } from './mount/folder-mount.ts'
export { HttpMount, type HttpMountOptions, type RemoteFile, type RemoteFiles } from './mount/http-mount.ts'
export { LotusMount, type LotusMountOptions, type MountedPieces } from './mount/lotus-mount.ts'
export type { Mount, MountOptions, MountReader, MountStat, MountType } from './mount/mount.ts'
export { MountRegistry } from './mount/mount-registry.ts'
export type { ShardRecord } from './records/shard-record.ts'
export type { RecordChange, ShardRecords, StoredRow } from './records/shard-records.ts'
export { ShardsTopic } from './shards-topic.ts'

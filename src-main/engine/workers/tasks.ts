import type { Task } from '../base/index.ts'
import { carIndexTask, carSectionsTask, carVerifyTask } from '../car/index.ts'
import { fileSubtreeTask, subtreeTask } from '../commp/index.ts'
import {
  auditIndexTask,
  checkIndexesTask,
  hashSectionsTask,
  indexPageTask,
  indexShardTask,
  mergeSegmentsTask,
  stampIndexTask,
  writeSegmentTask,
} from '../dagstore/index.ts'
import { hashBlocksTask, hashLeavesTask, hashSmallFilesTask, listFolderTask } from '../unixfs/index.ts'

/** Every task that a worker thread can be asked to run. A module adds its own here. */
export const tasks: ReadonlyArray<Task<never, unknown>> = [
  carIndexTask,
  carSectionsTask,
  carVerifyTask,
  subtreeTask,
  fileSubtreeTask,
  hashLeavesTask,
  hashSmallFilesTask,
  hashBlocksTask,
  auditIndexTask,
  hashSectionsTask,
  checkIndexesTask,
  indexPageTask,
  indexShardTask,
  mergeSegmentsTask,
  stampIndexTask,
  writeSegmentTask,
  listFolderTask,
]

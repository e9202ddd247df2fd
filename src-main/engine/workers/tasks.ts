import type { Task } from '../base/index.ts'
import { fileSubtreeTask, subtreeTask } from '../commp/index.ts'
import { hashBlocksTask, hashLeavesTask } from '../unixfs/index.ts'

/** Every task that a worker thread can be asked to run. A module adds its own here. */
export const tasks: ReadonlyArray<Task<never, unknown>> = [subtreeTask, fileSubtreeTask, hashLeavesTask, hashBlocksTask]

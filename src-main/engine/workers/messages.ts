import type { ErrorValue } from '../../../src-shared/errors/index.ts'

/** What the pool and its threads say to each other. */
export type ToWorker = { type: 'run'; id: number; task: string; input: unknown } | { type: 'abort'; id: number }

export type FromWorker =
  | { type: 'progress'; id: number; doneBytes: number }
  | { type: 'done'; id: number; output: unknown }
  | { type: 'failed'; id: number; error: ErrorValue; stack: string }

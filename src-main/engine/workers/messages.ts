import type { ErrorValue } from '../../../src-shared/errors/index.ts'

/** What the pool and its threads say to each other. */
export type ToWorker = { type: 'run'; id: number; task: string; input: unknown } | { type: 'abort'; id: number }

/** A thread sends these as lists: what it has to say at one time. */
export type FromWorker =
  | { type: 'progress'; id: number; doneBytes: number }
  | { type: 'done'; id: number; output: unknown }
  | { type: 'failed'; id: number; error: ErrorValue; stack: string }

import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, idText, pathText, problem, procedure, progress, tableEvent, timeText } from './schema.ts'

/** UnixFS profiles by their IPIP-499 or Lotus name. */
export const unixfsProfile = z.enum(['unixfs-v1-2025', 'unixfs-v0-2015', 'kubo-cidv1', 'lotus'])
export type UnixfsProfile = z.infer<typeof unixfsProfile>

export const importKind = z.enum(['linked', 'self-contained', 'car'])
export type ImportKind = z.infer<typeof importKind>

export const importHealth = z.enum(['ok', 'attention', 'broken', 'unchecked'])

export const importView = z.object({
  id: idText,
  /** null until the import is on disk. */
  root: cidText.nullable(),
  kind: importKind,
  /** Path of the user's file or folder; a name only for an upload from the browser. */
  source: z.string(),
  /** Where the CAR is or will be. */
  carPath: z.string(),
  profile: unixfsProfile.nullable(),
  /** Bytes of the source's content. */
  sizeBytes: z.number(),
  carSizeBytes: z.number().nullable(),
  blockCount: z.number().nullable(),
  createdAt: timeText,
  state: z.enum(['importing', 'ready', 'failed']),
  health: importHealth,
  /** Set when health is attention or broken, or state is failed. */
  problem: problem.nullable(),
  /** Set while something works on it: an import, a check, a copy. */
  progress: progress.nullable(),
})
export type ImportView = z.infer<typeof importView>

export const dagStat = z.object({
  root: cidText,
  /** Bytes of file content below the root. */
  payloadSize: z.number(),
  /** Bytes of the dense CARv1 that a deal transfers. */
  carSize: z.number(),
  /** Padded piece size: a power of two. */
  pieceSize: z.number(),
  blockCount: z.number(),
})
export type DagStat = z.infer<typeof dagStat>

export const importCheck = z.object({
  checked: z.number(),
  ok: z.number(),
  attention: z.number(),
  broken: z.number(),
  items: z.array(importView),
})
export type ImportCheck = z.infer<typeof importCheck>

export const dropReceipt = z.object({ id: idText, deleted: z.array(z.string()), kept: z.array(z.string()) })

export const imports = {
  /** Waits for the sanity check of the start, so that every health is known; `watch` does not. */
  list: procedure.output(z.array(importView)),
  get: procedure.input(z.object({ id: idText })).output(importView),
  watch: procedure.output(eventIterator(tableEvent(importView))),
  /** Checks the path, makes the import's record and begins. Progress arrives through `watch`. */
  start: procedure
    .input(
      z.object({
        path: pathText,
        kind: importKind.default('linked'),
        profile: unixfsProfile.default('unixfs-v1-2025'),
      }),
    )
    .output(importView),
  /** Returns when the import is on disk; fails with its error when it fails. */
  wait: procedure.input(z.object({ id: idText })).output(importView),
  cancel: procedure.input(z.object({ id: idText })).output(importView),
  /** Begins a failed or interrupted import again. */
  retry: procedure.input(z.object({ id: idText })).output(importView),
  drop: procedure.input(z.object({ ids: z.array(idText).min(1) })).output(z.array(dropReceipt)),
  /** Looks at the files of imports; `deep` reads and hashes every block. No ids: all of them. Returns when done. */
  check: procedure
    .input(z.object({ ids: z.array(idText).default([]), deep: z.boolean().default(false) }))
    .output(importCheck),
  /**
   * Says where the source of a linked import is now. A folder is searched for it. The content must be the same:
   * SOURCE_CHANGED otherwise, and nothing is changed.
   */
  relink: procedure.input(z.object({ id: idText, path: pathText })).output(importView),
  /** Imports the source as it is now, under a new id, then drops the old import. */
  reimport: procedure.input(z.object({ id: idText })).output(importView),
  /** Turns a linked import into a self-contained one: copies the content, so that the source is no longer needed. */
  materialise: procedure.input(z.object({ id: idText })).output(importView),
  /** Sizes of a DAG held by an import or a finished retrieval. */
  stat: procedure.input(z.object({ root: cidText })).output(dagStat),
}

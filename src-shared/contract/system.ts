import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cidText, pathText, procedure, timeText } from './schema.ts'

export const systemInfo = z.object({
  version: z.string(),
  dataDir: z.string(),
  /** What hosts the engine. */
  host: z.enum(['desktop', 'headless', 'command-line']),
  /** What this host can do for the window beyond the contract's data. */
  abilities: z.object({
    /** Native open and save dialogs (`pickPaths`, `pickSavePath`). */
    dialogs: z.boolean(),
    /** Dropped files carry real paths. */
    droppedPaths: z.boolean(),
    /** Show a file in the file manager. */
    reveal: z.boolean(),
  }),
  /** Base URL of the provider role's listener. */
  providerUrl: z.string().nullable(),
  startedAt: timeText,
})
export type SystemInfo = z.infer<typeof systemInfo>

/** `freeBytes` and `totalBytes` are those of the disk with the data directory. */
export const diskUse = z.object({
  freeBytes: z.number(),
  totalBytes: z.number(),
  byPurpose: z.array(
    z.object({
      purpose: z.enum([
        'imports',
        'retrievals',
        'staging',
        'pieces',
        'indexes',
        'postings',
        'transients',
        'metadata',
        'logs',
      ]),
      path: z.string(),
      bytes: z.number(),
      /** Of the disk it lies on: folders may be on different ones. */
      freeBytes: z.number(),
      totalBytes: z.number(),
    }),
  ),
})

export const systemStatus = z.object({
  version: z.string(),
  dataDir: z.string(),
  address: z.string().nullable(),
  providerUrl: z.string().nullable(),
  roles: z.array(z.enum(['client', 'provider'])),
  shards: z.record(z.string(), z.number()),
  imports: z.record(z.string(), z.number()),
  deals: z.record(z.string(), z.number()),
  retrievals: z.record(z.string(), z.number()),
  transfers: z.object({ active: z.number(), inRate: z.number(), outRate: z.number() }),
  disk: diskUse,
})
export type SystemStatus = z.infer<typeof systemStatus>

/** What a drop of exactly these paths would do. */
export const pathDescription = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'car', 'unreadable', 'missing', 'other']),
  sizeBytes: z.number(),
  fileCount: z.number(),
  message: z.string().nullable(),
})

export const logLine = z.object({
  seq: z.number(),
  at: timeText,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  logger: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type LogLine = z.infer<typeof logLine>

/** What a pasted text names. */
export const finding = z.object({
  kind: z.enum(['import', 'deal', 'retrieval', 'shard', 'piece', 'block', 'transfer']),
  id: z.string(),
  title: z.string(),
  subtitle: z.string(),
  /** The CID of the block inside it that was asked for; null where the thing itself was. */
  block: cidText.nullable(),
})
export type Finding = z.infer<typeof finding>

export const findResult = z.object({
  /** Exact matches; where there is none and the text is no CID, what has it as a part. */
  findings: z.array(finding),
  /** What the text was taken for, where it is a CID, a multihash or a digest. */
  readAs: z.array(z.string()),
  /** What was looked through, in words. */
  searched: z.array(z.string()),
})
export type FindResult = z.infer<typeof findResult>

const findInput = z.object({ text: z.string().min(1).max(4096) })

export const findEvent = z.discriminatedUnion('type', [
  /** Imports and retrievals looked into for a block, of how many. */
  z.object({ type: z.literal('progress'), looked: z.number(), total: z.number() }),
  z.object({ type: z.literal('done'), result: findResult }),
])
export type FindEvent = z.infer<typeof findEvent>

export const system = {
  info: procedure.output(systemInfo),
  status: procedure.output(systemStatus),
  /** The status again whenever it changes, twice a second at most. */
  watchStatus: procedure.output(eventIterator(systemStatus)),
  describePaths: procedure
    .input(z.object({ paths: z.array(pathText).min(1).max(1000) }))
    .output(z.array(pathDescription)),
  /** A CID of any version, base and kind, a multihash, an id, or part of a name: whatever it names here. */
  find: procedure.input(findInput).output(findResult),
  /** The same, told how far it is. Ending the stream cancels it. */
  watchFind: procedure.input(findInput).output(eventIterator(findEvent)),
  /** Native dialogs; UNSUPPORTED where the host has none (see SystemInfo.abilities). */
  pickPaths: procedure.input(z.object({ kind: z.enum(['files', 'folder', 'car']) })).output(z.array(z.string())),
  pickSavePath: procedure.input(z.object({ suggestedName: z.string().max(255) })).output(z.string().nullable()),
  reveal: procedure.input(z.object({ path: pathText })).output(z.object({})),
  logs: procedure.output(z.array(logLine)),
  watchLogs: procedure.output(eventIterator(logLine)),
}

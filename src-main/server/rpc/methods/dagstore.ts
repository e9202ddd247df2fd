import { z } from 'zod'
import type { InitializeEvent, ShardView } from '../../../../src-shared/contract/index.ts'
import { EngineError, parseCid } from '../../../engine/index.ts'
import { failure, RpcError } from '../rpc-error.ts'
import { channel, method, param, type RpcCall } from '../rpc-method.ts'
import { cidLink, nothing } from '../rpc-types.ts'

/** Names, parameters and words of errors as in lotus-miner's API (lotus-behaviour.md 4.1, 4.2). */

const shardInfo = z.object({ Key: z.string(), State: z.string(), Error: z.string() })
const shardResult = z.object({ Key: z.string(), Success: z.boolean(), Error: z.string() })
const key = param('key', z.string().min(1).max(1024))

const initializeAllEvent = z.object({
  Key: z.string(),
  Event: z.enum(['start', 'end']),
  Success: z.boolean(),
  Error: z.string(),
  Total: z.number(),
  Current: z.number(),
})

export const dagstoreMethods = [
  method(
    {
      name: 'DagstoreListShards',
      permission: 'read',
      summary: 'Lists every shard with its state and error, sorted by key.',
      params: [],
      result: { name: 'shards', schema: z.array(shardInfo) },
    },
    ({ engine }) => engine.dagstore.list().map(infoOf),
  ),
  method(
    {
      name: 'DagstoreInitializeShard',
      permission: 'write',
      summary: 'Initializes a shard in state New, and returns when it is done. Cancelling stops the waiting only.',
      params: [key],
      result: nothing,
    },
    async (call, key) => {
      requireState(call, key, 'New', 'initialize')
      await wrapped('failed to acquire shard: ', call.engine.dagstore.initialize(key, call))
      return null
    },
  ),
  method(
    {
      name: 'DagstoreRecoverShard',
      permission: 'write',
      summary: 'Recovers a shard in state Errored, and returns when it is done. Cancelling stops the waiting only.',
      params: [key],
      result: nothing,
    },
    async (call, key) => {
      requireState(call, key, 'Errored', 'recover')
      await wrapped('', call.engine.dagstore.recover(key, call))
      return null
    },
  ),
  channel(
    {
      name: 'DagstoreInitializeAll',
      permission: 'write',
      summary: 'Initializes every shard in state New. One event when a shard is begun and one when it has ended.',
      params: [
        param(
          'params',
          z.object({
            MaxConcurrency: z.number().int().min(0).default(0),
            IncludeSealed: z.boolean().default(false),
          }),
        ),
      ],
      result: { name: 'event', schema: initializeAllEvent },
    },
    async function* ({ engine, signal }, { MaxConcurrency, IncludeSealed }) {
      const options = { concurrency: MaxConcurrency, includeSealed: IncludeSealed, signal }
      for await (const event of engine.dagstore.initializeAll(options))
        if (event.event !== 'skipped') yield lotusEvent(event)
    },
  ),
  method(
    {
      name: 'DagstoreGC',
      permission: 'admin',
      summary: 'Deletes the transients of shards that nothing reads. One row for each shard that could be reclaimed.',
      params: [],
      result: { name: 'results', schema: z.array(shardResult) },
    },
    async ({ engine }) => {
      const { shards } = await wrapped('failed to gc: ', engine.dagstore.gc())
      return shards.map(({ key, error }) => ({ Key: key, Success: error === null, Error: error ?? '' }))
    },
  ),
  method(
    {
      name: 'DagstoreRegisterShard',
      permission: 'admin',
      summary:
        'Registers the shard of a piece, and returns when it is initialized. A shard that is there is left alone.',
      params: [key],
      result: nothing,
    },
    async ({ engine, signal }, key) => {
      if (engine.dagstore.has(key)) return null
      await wrapped('parsing shard key as piece cid: ', async () => parseCid(key))
      await wrapped('failed to register shard: ', engine.dagstore.registerPiece(key, { signal }))
      return null
    },
  ),
  method(
    {
      name: 'DagstoreLookupPieces',
      permission: 'admin',
      summary: 'Lists the shards that hold a block, sorted by key.',
      params: [param('cid', cidLink)],
      result: { name: 'shards', schema: z.array(shardInfo) },
    },
    async ({ engine, signal }, cid) => {
      const parsed = parseCid(cid['/'])
      const found = await engine.dagstore.lookup(parsed, { signal })
      if (found.length > 0) return found.map(infoOf)
      const multihash = Buffer.from(parsed.multihash.bytes).toString('hex')
      throw failure(`failed to lookup index for mh ${multihash}, err: datastore: key not found`)
    },
  ),
]

function infoOf({ key, state, error }: Pick<ShardView, 'key' | 'state' | 'error'>): z.output<typeof shardInfo> {
  return { Key: key, State: `ShardState${state}`, Error: error ?? '' }
}

/** Success and Error mean something at the end only. */
function lotusEvent({ key, event, error, current, total }: InitializeEvent): z.output<typeof initializeAllEvent> {
  const ended = event !== 'start'
  return {
    Key: key,
    Event: ended ? 'end' : 'start',
    Success: event === 'success',
    Error: ended ? (error ?? '') : '',
    Total: total,
    Current: current,
  }
}

function requireState({ engine }: RpcCall, key: string, wanted: ShardView['state'], verb: string): void {
  if (!engine.dagstore.has(key)) throw failure('failed to get shard info: shard not found')
  const { state } = engine.dagstore.info(key)
  if (state !== wanted)
    throw failure(`cannot ${verb} shard; expected state ShardState${wanted}, was: ShardState${state}`)
}

/** Puts Lotus' words in front of a failure; not of being cancelled, which Go tells as it is. */
async function wrapped<Result>(prefix: string, work: Promise<Result> | (() => Promise<Result>)): Promise<Result> {
  try {
    return await (typeof work === 'function' ? work() : work)
  } catch (error) {
    throw RpcError.from(error, EngineError.from(error).kind === 'cancelled' ? '' : prefix)
  }
}

import { CID } from 'multiformats/cid'
import { decode } from 'multiformats/hashes/digest'
import { z } from 'zod'
import { EngineError } from '../../../engine/index.ts'
import { failure, RpcError } from '../rpc-error.ts'
import { method, param, type RpcMethod } from '../rpc-method.ts'
import { cidLink, link, nothing } from '../rpc-types.ts'
import { dagstoreMethods } from './dagstore.ts'

/** What Boost added to the dagstore's methods, and those that it has under names of its own. */

/** Boost's permission of each: all of them admin but the list. */
const SAME_AS_LOTUS = [
  ['BoostDagstoreListShards', 'DagstoreListShards', 'read'],
  ['BoostDagstoreRegisterShard', 'DagstoreRegisterShard', 'admin'],
  ['BoostDagstoreInitializeShard', 'DagstoreInitializeShard', 'admin'],
  ['BoostDagstoreInitializeAll', 'DagstoreInitializeAll', 'admin'],
  ['BoostDagstoreRecoverShard', 'DagstoreRecoverShard', 'admin'],
  ['BoostDagstoreGC', 'DagstoreGC', 'admin'],
] as const

const key = param('key', z.string().min(1).max(1024))
/** multihash.Multihash: bytes, as base64. */
const multihash = param('mh', z.base64().max(512))
const cid = param('cid', cidLink)

export const boostMethods: RpcMethod[] = [
  ...SAME_AS_LOTUS.map(([name, lotusName, permission]) => {
    const same = dagstoreMethods.find((each) => each.name === lotusName) as RpcMethod
    return { ...same, name, permission, summary: `As ${lotusName}, under Boost's name.` }
  }),
  method(
    {
      name: 'BoostDagstoreDestroyShard',
      permission: 'admin',
      summary: 'Forgets a shard that nothing reads, with its index; the piece stays.',
      params: [key],
      result: nothing,
    },
    async ({ engine }, key) => {
      if (!engine.dagstore.has(key)) throw failure('unable to query dagstore for shard info: shard not found')
      try {
        await engine.dagstore.destroy(key)
      } catch (error) {
        throw RpcError.from(inGoWords(error, engine.dagstore.has(key) ? engine.dagstore.info(key).readers : 0), PREFIX)
      }
      return null
    },
  ),
  method(
    {
      name: 'BoostDagstorePiecesContainingMultihash',
      permission: 'read',
      summary: 'Lists the pieces that hold a block, by its multihash.',
      params: [multihash],
      result: { name: 'pieces', schema: z.array(cidLink) },
    },
    async ({ engine, signal }, encoded) => {
      const bytes = Buffer.from(encoded, 'base64')
      const found = await engine.dagstore.lookup(parseMultihash(bytes), { signal })
      if (found.length === 0)
        throw failure(`failed to lookup index for mh ${bytes.toString('hex')}, err: datastore: key not found`)
      return found.filter(({ key }) => isCid(key)).map(({ key }) => link(key))
    },
  ),
  method(
    {
      name: 'BlockstoreGet',
      permission: 'read',
      summary: 'The bytes of a block, as base64, from any shard that holds it; checked against its CID.',
      params: [cid],
      result: { name: 'bytes', schema: z.string() },
    },
    async ({ engine, signal }, asked) => {
      const bytes = await engine.dagstore.asBlockstore().get(parse(asked), { signal })
      return Buffer.from(bytes).toString('base64')
    },
  ),
  method(
    {
      name: 'BlockstoreHas',
      permission: 'read',
      summary: 'Says whether a shard holds a block.',
      params: [cid],
      result: { name: 'has', schema: z.boolean() },
    },
    ({ engine, signal }, asked) => engine.dagstore.asBlockstore().has(parse(asked), { signal }),
  ),
  method(
    {
      name: 'BlockstoreGetSize',
      permission: 'read',
      summary: 'The length of a block that a shard holds.',
      params: [cid],
      result: { name: 'size', schema: z.number() },
    },
    ({ engine, signal }, asked) => engine.dagstore.asBlockstore().size(parse(asked), { signal }),
  ),
]

const PREFIX = 'failed to destroy shard: '

function inGoWords(error: unknown, readers: number): unknown {
  if (!EngineError.is(error, 'SHARD_IN_USE')) return error
  return new EngineError('SHARD_IN_USE', `failed to destroy shard; active references: ${readers}`)
}

function parse(asked: { '/': string }): CID {
  try {
    return CID.parse(asked['/'])
  } catch (cause) {
    throw new EngineError('INVALID_CID', `${asked['/']} is not a CID.`, { cause })
  }
}

function parseMultihash(bytes: Uint8Array): Uint8Array {
  try {
    return decode(bytes).bytes
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', 'These bytes are not a multihash.', { cause })
  }
}

/** A foreign dagstore may have shards whose keys are no piece CIDs. */
function isCid(key: string): boolean {
  try {
    CID.parse(key)
    return true
  } catch {
    return false
  }
}

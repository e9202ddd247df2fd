import { base58btc } from 'multiformats/bases/base58'
import { identity } from 'multiformats/hashes/identity'
import { z } from 'zod'
import type { RetrievalState, RetrievalView } from '../../../../src-shared/contract/index.ts'
import type { Engine } from '../../../engine/index.ts'
import { channel, liveChannel, method, param } from '../rpc-method.ts'
import { cidLink, fileRef, idNumber, link, nothing, uint64 } from '../rpc-types.ts'

/** Retrievals: the Client methods of lotus' API, as far as they are the same without a chain (lotus-behaviour.md 6). */

/** Of a RetrievalOrder what matters here: data are proven by their root, wherever they come from. */
const retrievalOrder = z.looseObject({
  Root: cidLink,
  FromLocalCAR: z.string().default(''),
  DatamodelPathSelector: z.string().nullish(),
  DataSelector: z.string().nullish(),
})

/** Lotus' numbers: retrievalmarket.ClientEvent and DealStatus. */
const CLIENT_EVENT = { open: 0, blocksReceived: 18, complete: 25 } as const
const DEAL_STATUS = { new: 0, ongoing: 13, completed: 15, errored: 17, cancelled: 26 } as const
const retrievalEvent = z.object({
  Event: z.number(),
  Status: z.number(),
  BytesReceived: z.number(),
  FundsSpent: z.string(),
  Err: z.string(),
})

/** A peer has a URL here, not a key: its peer id is the identity multihash of the URL. Retrievals cost nothing. */
const retrievalInfo = z.object({
  PayloadCID: cidLink,
  ID: uint64,
  PieceCID: z.null(),
  PricePerByte: z.string(),
  UnsealPrice: z.string(),
  Status: z.number(),
  Message: z.string(),
  Provider: z.string(),
  BytesReceived: z.number(),
  BytesPaidFor: z.number(),
  TotalPaid: z.string(),
  TransferChannelID: z.null(),
  DataTransfer: z.null(),
})

export const clientRetrievalMethods = [
  method(
    {
      name: 'ClientRetrieve',
      permission: 'admin',
      summary: 'Retrieves a DAG and exports it to a file, a folder or a CAR. Returns when it is done.',
      params: [param('order', retrievalOrder), param('ref', fileRef.nullable())],
      result: nothing,
    },
    async ({ engine, signal }, order, ref) => {
      const { dealId } = await beginRetrieval(engine, order, ref)
      await engine.retrievals.wait(dealId, signal)
      return null
    },
  ),
  channel(
    {
      name: 'ClientRetrieveWithEvents',
      permission: 'admin',
      summary: 'As ClientRetrieve, telling how far it is. The last event says how it ended.',
      params: [param('order', retrievalOrder), param('ref', fileRef.nullable())],
      result: { name: 'event', schema: retrievalEvent },
    },
    async function* ({ engine, signal }, order, ref) {
      const { dealId } = await beginRetrieval(engine, order, ref)
      yield eventOf(CLIENT_EVENT.open, DEAL_STATUS.new, 0)
      for await (const event of engine.retrievals.table.watch(signal)) {
        const row = event.type === 'remove' ? undefined : event.rows.find((each) => each.dealId === dealId)
        if (row === undefined) continue
        if (row.state === 'transferring' || row.state === 'exporting')
          yield eventOf(CLIENT_EVENT.blocksReceived, DEAL_STATUS.ongoing, row.receivedBytes)
        else {
          yield lastEvent(row)
          return
        }
      }
    },
  ),
  method(
    {
      name: 'ClientCancelRetrievalDeal',
      permission: 'write',
      summary: 'Stops a retrieval. The blocks that have arrived stay, for another try.',
      params: [param('dealID', uint64)],
      result: nothing,
    },
    async ({ engine }, id) => {
      await engine.retrievals.cancel(String(id))
      return null
    },
  ),
  method(
    {
      name: 'ClientListRetrievals',
      permission: 'write',
      summary: 'Lists retrievals.',
      params: [],
      result: { name: 'retrievals', schema: z.array(retrievalInfo) },
    },
    ({ engine }) => engine.retrievals.list().map(infoOf),
  ),
  liveChannel(
    {
      name: 'ClientGetRetrievalUpdates',
      permission: 'write',
      summary: 'Retrievals, each again whenever it changes.',
      params: [],
      result: { name: 'retrieval', schema: retrievalInfo },
    },
    async function* ({ engine, signal }) {
      for await (const event of engine.retrievals.table.watch(signal))
        if (event.type !== 'remove') yield* event.rows.map(infoOf)
    },
  ),
]

const LOTUS_STATES: Record<RetrievalState, number> = {
  transferring: DEAL_STATUS.ongoing,
  exporting: DEAL_STATUS.ongoing,
  done: DEAL_STATUS.completed,
  failed: DEAL_STATUS.errored,
  cancelled: DEAL_STATUS.cancelled,
}

function infoOf(retrieval: RetrievalView): z.output<typeof retrievalInfo> {
  const { dealId, root, state, message, provider, receivedBytes } = retrieval
  return {
    PayloadCID: link(root),
    ID: idNumber(dealId),
    ...{ PieceCID: null, PricePerByte: '0', UnsealPrice: '0', BytesPaidFor: 0, TotalPaid: '0' },
    ...{ TransferChannelID: null, DataTransfer: null },
    Status: LOTUS_STATES[state],
    Message: `${message} (${provider})`,
    Provider: base58btc.baseEncode(identity.digest(new TextEncoder().encode(provider)).bytes),
    BytesReceived: receivedBytes,
  }
}

function beginRetrieval(
  { retrievals }: Engine,
  order: z.output<typeof retrievalOrder>,
  ref: z.output<typeof fileRef> | null,
): Promise<RetrievalView> {
  const selector = order.DataSelector ?? order.DatamodelPathSelector ?? ''
  return retrievals.begin({
    root: order.Root['/'],
    selector: selector === '' ? null : selector,
    from: order.FromLocalCAR === '' ? [] : ['local'],
    outPath: ref?.Path ?? null,
    format: ref?.IsCAR === true ? 'car' : 'files',
    overwrite: false,
  })
}

function lastEvent({ state, receivedBytes, error, message }: RetrievalView) {
  if (state === 'done') return eventOf(CLIENT_EVENT.complete, DEAL_STATUS.completed, receivedBytes)
  const why = state === 'cancelled' ? 'Retrieval was cancelled' : `Retrieval Error: ${error?.message ?? message}`
  return eventOf(CLIENT_EVENT.open, DEAL_STATUS.errored, receivedBytes, why)
}

function eventOf(event: number, status: number, bytes: number, error = ''): z.output<typeof retrievalEvent> {
  return { Event: event, Status: status, BytesReceived: bytes, FundsSpent: '0', Err: error }
}

import { CID } from 'multiformats/cid'
import { identity } from 'multiformats/hashes/identity'
import { z } from 'zod'
import type { DealState, DealView } from '../../../../src-shared/contract/index.ts'
import { dealStateName, EngineError } from '../../../engine/index.ts'
import { failure } from '../rpc-error.ts'
import { liveChannel, method, param } from '../rpc-method.ts'
import { cidLink, link, uint64 } from '../rpc-types.ts'

/**
 * The client's deals, as far as they are the same without a chain. A deal's ProposalCid is its id in Carport, as an
 * identity CID; prices are nothing; Provider, an address on the chain, is undefined: the provider's URL is in Message.
 */

const dealStages = z.object({
  Stages: z.array(
    z.object({
      Name: z.string(),
      Description: z.string(),
      ExpectedDuration: z.string(),
      CreatedTime: z.string(),
      UpdatedTime: z.string(),
      Logs: z.array(z.object({ Log: z.string(), UpdatedTime: z.string() })),
    }),
  ),
})

const dealInfo = z.object({
  ProposalCid: cidLink,
  State: z.number(),
  Message: z.string(),
  DealStages: dealStages,
  Provider: z.string(),
  DataRef: z.object({
    TransferType: z.string(),
    Root: cidLink,
    PieceCid: cidLink.nullable(),
    PieceSize: z.number(),
    RawBlockSize: z.number(),
  }),
  PieceCID: cidLink.nullable(),
  Size: z.number(),
  PricePerEpoch: z.string(),
  Duration: z.number(),
  DealID: z.number(),
  CreationTime: z.string(),
  Verified: z.boolean(),
  TransferChannelID: z.null(),
  DataTransfer: z.null(),
})

/** storagemarket.StorageDealStatus for each state of a client's deal. */
const LOTUS_STATES: Record<DealState, number> = {
  preparing: 14,
  proposing: 15,
  accepted: 15,
  transferring: 17,
  verifying: 13,
  'handing-off': 13,
  active: 7,
  failed: 26,
  cancelled: 26,
}

/** go-address writes the address that is none like this. */
const NO_ADDRESS = '<empty>'
const RAW = 0x55

export const clientDealMethods = [
  method(
    {
      name: 'ClientListDeals',
      permission: 'write',
      summary: 'Lists the deals that this client made.',
      params: [],
      result: { name: 'deals', schema: z.array(dealInfo) },
    },
    ({ engine }) => engine.deals.list().filter(isClients).map(infoOf),
  ),
  method(
    {
      name: 'ClientGetDealInfo',
      permission: 'read',
      summary: 'One deal that this client made, by its ProposalCid.',
      params: [param('proposal', cidLink)],
      result: { name: 'deal', schema: dealInfo },
    },
    ({ engine }, proposal) => infoOf(engine.deals.get(dealIdOf(proposal['/']))),
  ),
  liveChannel(
    {
      name: 'ClientGetDealUpdates',
      permission: 'write',
      summary: 'The deals of this client, each again whenever it changes.',
      params: [],
      result: { name: 'deal', schema: dealInfo },
    },
    async function* ({ engine, signal }) {
      for await (const event of engine.deals.table.watch(signal))
        if (event.type !== 'remove') yield* event.rows.filter(isClients).map(infoOf)
    },
  ),
  method(
    {
      name: 'ClientGetDealStatus',
      permission: 'read',
      summary: "The name of a deal's state, as Lotus numbers them.",
      params: [param('statusCode', uint64)],
      result: { name: 'name', schema: z.string() },
    },
    (_call, code) => {
      const name = dealStateName(Number(code))
      if (name === '') throw failure(`no such deal state ${code}`)
      return name
    },
  ),
]

function isClients({ role }: DealView): boolean {
  return role === 'client'
}

function infoOf(deal: DealView): z.output<typeof dealInfo> {
  const { root, pieceCid, pieceSize, carSize, provider, message, createdAt } = deal
  const unpadded = ((pieceSize ?? 0) / 128) * 127
  const piece = pieceCid === null ? null : link(pieceCid)
  return {
    ProposalCid: link(proposalCidOf(deal.dealId)),
    State: LOTUS_STATES[deal.state],
    Message: `${message} (${provider})`,
    DealStages: { Stages: stagesOf(deal) },
    Provider: NO_ADDRESS,
    DataRef: {
      TransferType: 'http',
      Root: link(root),
      PieceCid: piece,
      PieceSize: unpadded,
      RawBlockSize: carSize ?? 0,
    },
    PieceCID: piece,
    Size: unpadded,
    ...{ PricePerEpoch: '0', Duration: 0, DealID: 0, Verified: false, TransferChannelID: null, DataTransfer: null },
    CreationTime: createdAt,
  }
}

/** A stage lasts until the next one begins. */
function stagesOf({ timeline, updatedAt }: DealView): z.output<typeof dealStages>['Stages'] {
  return timeline.map(({ state, at, message }, index) => ({
    Name: dealStateName(LOTUS_STATES[state]),
    Description: message,
    ExpectedDuration: '',
    CreatedTime: at,
    UpdatedTime: timeline[index + 1]?.at ?? updatedAt,
    Logs: [],
  }))
}

function proposalCidOf(dealId: string): string {
  return CID.createV1(RAW, identity.digest(new TextEncoder().encode(dealId))).toString()
}

/** DEAL_NOT_FOUND for a CID that stands for no deal. */
function dealIdOf(proposalCid: string): string {
  try {
    const { code, multihash } = CID.parse(proposalCid)
    if (code === RAW && multihash.code === identity.code) return new TextDecoder().decode(multihash.digest)
  } catch {
    // Told below.
  }
  throw new EngineError('DEAL_NOT_FOUND', `${proposalCid} is no deal of this client. See ClientListDeals.`)
}

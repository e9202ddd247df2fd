import { z } from 'zod'

/**
 * Carport's deal protocol, version 1: JSON over HTTP. README.md of this folder describes it. Both roles check what
 * they receive against these schemas; unknown fields are ignored, so that a later version may add some.
 */

export const DEAL_PROTOCOL_VERSION = 1

const cid = z.string().min(1).max(256)
const size = z.number().int().positive().max(Number.MAX_SAFE_INTEGER)

export const dealProposal = z.object({
  version: z.literal(DEAL_PROTOCOL_VERSION),
  /** Made by the client and unique to the deal: sending a proposal again gives the same deal. */
  proposalId: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
  root: cid,
  /** v1 piece CID. */
  pieceCid: cid,
  /** Padded. */
  pieceSize: size,
  /** Bytes that the transfer URL gives: the dense CARv1. */
  carSize: size,
  transfer: z.object({
    type: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }).max(2048),
    headers: z.record(z.string().max(128), z.string().max(4096)),
  }),
})
export type DealProposal = z.infer<typeof dealProposal>

/** States of the provider role that a client sees. */
const remoteDealState = z.enum([
  'accepted',
  'transferring',
  'verifying',
  'handing-off',
  'active',
  'failed',
  'cancelled',
])
export type RemoteDealState = z.infer<typeof remoteDealState>

const remoteError = z.object({ code: z.string().max(64), message: z.string().max(4096) })
export type RemoteError = z.infer<typeof remoteError>

export const dealStatus = z.object({
  version: z.literal(DEAL_PROTOCOL_VERSION),
  dealId: z.string().min(1).max(64),
  state: remoteDealState,
  message: z.string().max(4096),
  error: remoteError.nullable(),
  receivedBytes: z.number().nonnegative(),
  totalBytes: z.number().nonnegative(),
  /** Grows with each change, for `?after=`. */
  revision: z.number().int().nonnegative(),
})
export type DealStatus = z.infer<typeof dealStatus>

/** Body of every answer that is not a success. */
export const errorBody = z.object({ error: remoteError })

import { EngineError } from '../base/index.ts'
import { DEAL_PROTOCOL_VERSION, dealProposal } from './deal-protocol.ts'
import { dataUrlIsAllowed } from './host-check.ts'
import { type Exchange, HttpProblem, type Route } from './http-listener.ts'
import { bearerSecret, readJsonBody, sendJson } from './json-body.ts'
import type { DealDoor } from './net-ports.ts'

/** Longest time that a status request is held open; below every stall timeout. */
const MAX_WAIT_SECONDS = 30
const MIN_SECRET_LENGTH = 16

/** `/deals`: the provider side of the deal protocol (README.md of this folder). */
export function dealRoute(door: DealDoor, maxBodyBytes: number): Route {
  return {
    prefix: '/deals',
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    errors: 'json',
    async handle(exchange) {
      const secret = bearerSecret(exchange)
      if (secret.length < MIN_SECRET_LENGTH)
        throw new HttpProblem(401, 'A deal needs a secret: Authorization: Bearer <at least 16 characters>.')
      const dealId = exchange.path.slice('/deals/'.length)
      if (exchange.method === 'POST') {
        if (dealId !== '') throw new HttpProblem(405, 'Proposals go to /deals.')
        const proposal = await readJsonBody(exchange, dealProposal, maxBodyBytes)
        if (!dataUrlIsAllowed(proposal.transfer.url, exchange.client))
          throw new EngineError('DEAL_REJECTED', 'The data cannot be fetched: its URL names this machine, not yours.')
        sendJson(exchange, 200, await door.propose(proposal, secret))
        return
      }
      if (!/^[A-Za-z0-9-]{1,64}$/.test(dealId)) throw new HttpProblem(404, 'There is no such deal.')
      if (exchange.method === 'DELETE') sendJson(exchange, 200, await door.cancel(dealId, secret))
      else sendJson(exchange, 200, await door.status(dealId, secret, statusOptions(exchange)))
    },
  }
}

/** `/info`: who this is and what it serves. */
export function infoRoute(version: string, services: Record<'deals' | 'gateway' | 'pieces', boolean>): Route {
  return {
    prefix: '/info',
    methods: ['GET', 'HEAD'],
    errors: 'json',
    async handle(exchange) {
      sendJson(exchange, 200, {
        software: 'carport',
        version,
        protocols: {
          ...(services.deals ? { deals: { path: '/deals', versions: [DEAL_PROTOCOL_VERSION] } } : {}),
          ...(services.gateway ? { trustlessGateway: { path: '/ipfs', formats: ['raw', 'car'] } } : {}),
          ...(services.pieces ? { pieces: { path: '/piece' } } : {}),
        },
      })
    },
  }
}

function statusOptions({ query, signal }: Exchange) {
  const after = query.get('after')
  const wait = Number(query.get('wait') ?? 0)
  return {
    knownRevision: after !== null && /^\d{1,15}$/.test(after) ? Number(after) : null,
    waitMs: Number.isFinite(wait) ? Math.min(MAX_WAIT_SECONDS, Math.max(0, wait)) * 1000 : 0,
    signal,
  }
}

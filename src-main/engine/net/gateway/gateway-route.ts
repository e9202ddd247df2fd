import { createHash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { EngineError } from '../../base/index.ts'
import type { Blockstore, DagSource, OpenDag } from '../../blockstore/index.ts'
import { isIdentity } from '../../car/index.ts'
import { type DagBlock, resolvePath } from '../../unixfs/index.ts'
import { etagMatches, serveBytes } from '../byte-range.ts'
import { type Exchange, HttpProblem, type Route } from '../http-listener.ts'
import { IMMUTABLE } from '../immutable.ts'
import type { OutgoingLedger } from '../net-ports.ts'
import { sendBody } from '../send-body.ts'
import { servedRead } from '../served-read.ts'
import { carBody } from './car-body.ts'
import { type GatewayRequest, parseGatewayRequest } from './gateway-request.ts'
import { walkScope } from './scope-walk.ts'

/** The empty identity CID, which every gateway has: clients ask for it to see whether one is there. */
const PROBE = CID.parse('bafkqaaa')

/**
 * `/ipfs/{cid}[/path]`: a trustless gateway over whatever `dags` holds. Only what is here is served; nothing is looked
 * for elsewhere. A block that is missing once the answer has begun cuts it, so that no client takes it for complete.
 */
export function gatewayRoute(dags: DagSource, transfers: OutgoingLedger): Route {
  return {
    prefix: '/ipfs',
    methods: ['GET', 'HEAD'],
    errors: 'text',
    async handle(exchange) {
      const request = probeRequest(exchange) ?? parseGatewayRequest(exchange)
      const dag = await openRoot(dags, request, exchange.signal)
      try {
        const resolved = await resolve(dag.blockstore, request, exchange.signal)
        if (request.format === 'raw') await serveRaw(exchange, request, dag.blockstore, resolved, transfers)
        else await serveCar(exchange, request, dag.blockstore, resolved, transfers)
      } finally {
        await dag.release()
      }
    },
  }
}

interface Resolved {
  /** What the path leads to. */
  cid: CID
  /** Blocks on the way, root first, `cid` last. */
  proof: CID[]
}

/** A probe may come without a format. */
function probeRequest({ path, query, request }: Exchange): GatewayRequest | null {
  if (path !== `/ipfs/${PROBE}` || query.has('format') || /ipld\.(?:car|raw)/i.test(request.headers.accept ?? ''))
    return null
  const common = { path: [], entityBytes: null, dups: false, onlyIfCached: false, filename: null }
  return { ...common, root: PROBE, contentPath: path, format: 'raw', scope: 'block' }
}

async function openRoot(
  dags: DagSource,
  { root, onlyIfCached }: GatewayRequest,
  signal: AbortSignal,
): Promise<OpenDag> {
  const dag = await dags.open(root, { signal })
  if (dag !== null) return dag
  if (isIdentity(root)) return { blockstore: inlineBlockstore, release: async () => {} }
  throw new HttpProblem(onlyIfCached ? 412 : 404, `This gateway does not hold ${root}.`)
}

async function resolve(blockstore: Blockstore, request: GatewayRequest, signal: AbortSignal): Promise<Resolved> {
  const { root, path, contentPath } = request
  try {
    if (path.length > 0) {
      const { cid, proof } = await resolvePath(blockstore, root, path.join('/'), { signal })
      return { cid, proof }
    }
    if (await blockstore.has(root, { signal })) return { cid: root, proof: [root] }
  } catch (error) {
    if (!(error instanceof EngineError) || (error.kind !== 'missing' && error.code !== 'UNIXFS_INVALID')) throw error
  }
  throw new HttpProblem(404, `There is nothing at ${contentPath} here.`)
}

async function serveRaw(
  exchange: Exchange,
  request: GatewayRequest,
  blockstore: Blockstore,
  { cid }: Resolved,
  transfers: OutgoingLedger,
): Promise<void> {
  const bytes = await blockstore.get(cid, { signal: exchange.signal })
  // A client that asks for blocks one by one is one transfer, not one for each.
  const key = exchange.request.headers['x-request-id'] === undefined ? `${exchange.client} single blocks` : undefined
  const what = { key, kind: 'dag', what: request.root.toString(), ownerId: null, totalBytes: null } as const
  await servedRead(exchange, transfers, what, (sent) =>
    serveBytes(
      exchange,
      {
        sizeBytes: bytes.length,
        etag: `"${cid}.raw"`,
        headers: { ...commonHeaders(request, cid, 'bin'), 'Content-Type': 'application/vnd.ipld.raw' },
        read: async function* ({ start, end }) {
          yield bytes.subarray(start, end)
        },
      },
      sent,
    ),
  )
}

async function serveCar(
  exchange: Exchange,
  request: GatewayRequest,
  blockstore: Blockstore,
  { cid, proof }: Resolved,
  transfers: OutgoingLedger,
): Promise<void> {
  const { response } = exchange
  const headers = {
    ...commonHeaders(request, cid, 'car'),
    'Content-Type': `application/vnd.ipld.car; version=1; order=dfs; dups=${request.dups ? 'y' : 'n'}`,
    'Accept-Ranges': 'none',
    ETag: carEtag(request, cid),
  }
  if (etagMatches(exchange.request.headers['if-none-match'], headers.ETag)) {
    response.writeHead(304, headers).end()
    return
  }
  if (exchange.method === 'HEAD') {
    response.writeHead(200, headers).end()
    return
  }
  const what = { kind: 'dag', what: request.root.toString(), ownerId: null, totalBytes: null } as const
  await servedRead(exchange, transfers, what, async (sent, signal) => {
    response.writeHead(200, headers)
    const blocks = blocksOf(unverified(blockstore), request, proof, cid, signal)
    await sendBody(exchange, carBody([cid], blocks, { dups: request.dups }), sent)
  })
}

async function* blocksOf(
  blockstore: Blockstore,
  { scope, entityBytes, dups }: GatewayRequest,
  proof: CID[],
  entity: CID,
  signal: AbortSignal,
): AsyncGenerator<DagBlock, void, void> {
  for (const cid of proof.slice(0, -1)) yield { cid, bytes: await blockstore.get(cid, { signal }) }
  yield* walkScope(blockstore, entity, { scope, entityBytes, dups, signal })
}

function commonHeaders({ root, contentPath, filename }: GatewayRequest, cid: CID, ending: 'car' | 'bin') {
  const roots = root.equals(cid) ? `${root}` : `${root},${cid}`
  return {
    ...IMMUTABLE,
    'Content-Disposition': disposition(filename ?? `${cid}.${ending}`),
    'X-Ipfs-Path': contentPath,
    'X-Ipfs-Roots': roots,
    Vary: 'Accept',
  }
}

/** RFC 6266: a plain name for old clients, the exact one beside it where they differ. */
function disposition(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const exact = plain === filename ? '' : `; filename*=UTF-8''${encodeURIComponent(filename)}`
  return `attachment; filename="${plain}"${exact}`
}

/** Weak: the same blocks may come in another encoding of the stream one day. */
function carEtag({ contentPath, scope, entityBytes, dups }: GatewayRequest, cid: CID): string {
  const parts = createHash('sha256')
    .update(JSON.stringify([contentPath, scope, entityBytes, dups]))
    .digest('hex')
  return `W/"${cid}.car.${parts.slice(0, 16)}"`
}

/** Whoever receives a CAR hashes its blocks: doing it here as well would halve the speed for nothing. */
function unverified(blockstore: Blockstore): Blockstore {
  return {
    roots: blockstore.roots,
    has: (cid, options) => blockstore.has(cid, options),
    get: (cid, options) => blockstore.get(cid, { ...options, verify: false }),
    size: (cid, options) => blockstore.size(cid, options),
    cids: (options) => blockstore.cids(options),
    close: () => blockstore.close(),
  }
}

/** Holds what needs no holding: blocks that are their own CID. */
const inlineBlockstore: Blockstore = {
  roots: [],
  has: async (cid) => isIdentity(cid),
  async get(cid) {
    if (isIdentity(cid)) return cid.multihash.digest
    throw new EngineError('BLOCK_NOT_FOUND', `Block ${cid} is not here.`)
  },
  size: async (cid) => cid.multihash.digest.length,
  async *cids() {},
  close: async () => {},
}

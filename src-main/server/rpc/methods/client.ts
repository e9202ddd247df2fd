import { z } from 'zod'
import type { ImportView, RetrievalView } from '../../../../src-shared/contract/index.ts'
import { type Engine, EngineError, parseCid } from '../../../engine/index.ts'
import { failure } from '../rpc-error.ts'
import { channel, method, param } from '../rpc-method.ts'
import { cidLink, fileRef, idNumber, link, nothing, uint64 } from '../rpc-types.ts'

/** The Client methods of lotus' API that have a meaning without a chain (lotus-behaviour.md 5.4, 6). */

const importInfo = z.object({
  Key: uint64,
  Err: z.string(),
  Root: cidLink.nullable(),
  Source: z.string(),
  FilePath: z.string(),
  CARPath: z.string(),
})

/** Of a RetrievalOrder what matters here: data are proven by their root, wherever they come from. */
const retrievalOrder = z.looseObject({
  Root: cidLink,
  FromLocalCAR: z.string().default(''),
  DatamodelPathSelector: z.string().nullish(),
  DataSelector: z.string().nullish(),
})

/** Lotus' numbers: retrievalmarket.ClientEvent and DealStatus. */
const CLIENT_EVENT = { open: 0, blocksReceived: 18, complete: 25 } as const
const DEAL_STATUS = { new: 0, ongoing: 13, completed: 15, errored: 17 } as const
const retrievalEvent = z.object({
  Event: z.number(),
  Status: z.number(),
  BytesReceived: z.number(),
  FundsSpent: z.string(),
  Err: z.string(),
})

const root = param('root', cidLink)

export const clientMethods = [
  method(
    {
      name: 'ClientImport',
      permission: 'admin',
      summary:
        'Imports a file, linked and in the profile of Lotus, or takes a CAR where it lies. Returns when it is done.',
      params: [param('ref', fileRef)],
      result: { name: 'import', schema: z.object({ Root: cidLink, ImportID: uint64 }) },
    },
    async ({ engine }, { Path, IsCAR }) => {
      const begun = await engine.imports.begin({ path: Path, kind: IsCAR ? 'car' : 'linked', profile: 'lotus' })
      const { id, root } = await engine.imports.wait(begun)
      return { Root: link(root ?? ''), ImportID: idNumber(id) }
    },
  ),
  method(
    {
      name: 'ClientListImports',
      permission: 'write',
      summary: 'Lists imports, each with what is wrong with it.',
      params: [],
      result: { name: 'imports', schema: z.array(importInfo) },
    },
    ({ engine }) => engine.imports.list().map(importOf),
  ),
  method(
    {
      name: 'ClientRemoveImport',
      permission: 'admin',
      summary: "Forgets an import and deletes the CAR that Carport made of it; never the user's files.",
      params: [param('importID', uint64)],
      result: nothing,
    },
    async ({ engine }, id) => {
      await engine.imports.drop({ ids: [String(id)] })
      return null
    },
  ),
  method(
    {
      name: 'ClientHasLocal',
      permission: 'write',
      summary: 'Says whether an import or a finished retrieval holds a root.',
      params: [root],
      result: { name: 'has', schema: z.boolean() },
    },
    ({ engine }, cid) => engine.dags.has(parseCid(cid['/'])),
  ),
  method(
    {
      name: 'ClientDealSize',
      permission: 'read',
      summary: 'Sizes of the CAR that a deal on a root transfers, and of its piece.',
      params: [root],
      result: { name: 'size', schema: z.object({ PayloadSize: z.number(), PieceSize: z.number() }) },
    },
    async ({ engine, signal }, cid) => {
      const { carSize, pieceSize } = await engine.dags.sizes(parseCid(cid['/']), { signal })
      return { PayloadSize: carSize, PieceSize: pieceSize }
    },
  ),
  method(
    {
      name: 'ClientDealPieceCID',
      permission: 'read',
      summary: 'Sizes and piece CID of the CAR that a deal on a root transfers.',
      params: [root],
      result: {
        name: 'piece',
        schema: z.object({ PayloadSize: z.number(), PieceSize: z.number(), PieceCID: cidLink }),
      },
    },
    async ({ engine, signal }, cid) => {
      const { carSize, pieceSize, pieceCid } = await engine.dags.commitment(parseCid(cid['/']), { signal })
      return { PayloadSize: carSize, PieceSize: pieceSize, PieceCID: link(pieceCid) }
    },
  ),
  method(
    {
      name: 'ClientCalcCommP',
      permission: 'write',
      summary: 'Piece CID and unpadded piece size of a CARv1 file, as it lies there.',
      params: [param('inpath', z.string().min(1).max(4096))],
      result: { name: 'commP', schema: z.object({ Root: cidLink, Size: z.number() }) },
    },
    async ({ engine, signal }, path) => {
      await requireCar(engine, path, signal)
      for await (const event of engine.inspect.commp(path, signal))
        if (event.type === 'done')
          return { Root: link(event.commitment.pieceCid), Size: (event.commitment.pieceSize / 128) * 127 }
      throw new EngineError('CANCELLED', 'The work was cancelled.')
    },
  ),
  method(
    {
      name: 'ClientGenCar',
      permission: 'write',
      summary: 'Writes the CARv1 that a deal on a file would transfer, in the profile of Lotus. Overwrites nothing.',
      params: [param('ref', fileRef), param('outputPath', z.string().min(1).max(4096))],
      result: nothing,
    },
    async ({ engine, signal }, { Path }, outPath) => {
      await engine.dags.generateCar(Path, outPath, { profile: 'lotus', signal })
      return null
    },
  ),
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
]

function importOf(view: ImportView): z.output<typeof importInfo> {
  const { id, root, source, carPath, problem } = view
  return {
    Key: idNumber(id),
    Err: problem?.message ?? '',
    Root: root === null ? null : link(root),
    Source: 'import',
    FilePath: source,
    CARPath: carPath,
  }
}

async function requireCar(engine: Engine, path: string, signal: AbortSignal): Promise<void> {
  try {
    await engine.inspect.inspect({ path, full: false }, signal)
  } catch (error) {
    throw failure(`not a car file: ${EngineError.from(error).message}`)
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

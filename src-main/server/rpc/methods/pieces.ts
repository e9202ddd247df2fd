import { z } from 'zod'
import { type Engine, EngineError, parseCid, sectionSize } from '../../../engine/index.ts'
import { method, param } from '../rpc-method.ts'
import { cidLink, idNumber, link, uint64 } from '../rpc-types.ts'

/** lotus-miner's view of its piece store. PiecesListCidInfos is not here: nobody keeps a list of all payload CIDs. */

const pieceInfo = z.object({
  PieceCID: cidLink,
  Deals: z.array(z.object({ DealID: uint64, SectorID: uint64, Offset: z.number(), Length: z.number() })).nullable(),
})
const cidInfo = z.object({
  CID: cidLink,
  PieceBlockLocations: z.array(z.object({ RelOffset: z.number(), BlockSize: z.number(), PieceCID: cidLink })),
})

export const piecesMethods = [
  method(
    {
      name: 'PiecesListPieces',
      permission: 'read',
      summary: 'Lists the piece CIDs of every piece that is known here.',
      params: [],
      result: { name: 'pieces', schema: z.array(cidLink) },
    },
    async ({ engine }) => {
      await engine.placesOfPieces.listed()
      return engine.pieces.list().map(({ pieceCid }) => link(pieceCid))
    },
  ),
  method(
    {
      name: 'PiecesGetPieceInfo',
      permission: 'read',
      summary:
        'The sectors that hold a piece, as a lotus-miner that was migrated noted them. Offset and length are padded.',
      params: [param('pieceCid', cidLink)],
      result: { name: 'piece', schema: pieceInfo },
    },
    async ({ engine }, asked) => {
      await engine.placesOfPieces.listed()
      const { pieceCid } = engine.pieces.get(parseCid(asked['/'])) // PIECE_NOT_FOUND
      const sectors = await engine.placesOfPieces.sectorsOf(parseCid(pieceCid))
      return {
        PieceCID: link(pieceCid),
        Deals: sectors.map(({ dealId, sector, offset, length }) => ({
          DealID: idNumber(dealId),
          SectorID: idNumber(sector),
          Offset: offset,
          Length: length,
        })),
      }
    },
  ),
  method(
    {
      name: 'PiecesGetCIDInfo',
      permission: 'read',
      summary: 'Where a block lies: in which pieces, and where its section is in the CARv1 of each.',
      params: [param('payloadCid', cidLink)],
      result: { name: 'info', schema: cidInfo },
    },
    async ({ engine, signal }, asked) => {
      const locations = await locate(engine, asked['/'], signal)
      if (locations.length === 0)
        throw new EngineError('BLOCK_NOT_FOUND', `No piece holds ${asked['/']}.`, { details: { cid: asked['/'] } })
      return { CID: asked, PieceBlockLocations: locations }
    },
  ),
]

async function locate(
  { dagstore }: Engine,
  text: string,
  signal: AbortSignal,
): Promise<z.output<typeof cidInfo>['PieceBlockLocations']> {
  const cid = parseCid(text)
  const found: z.output<typeof cidInfo>['PieceBlockLocations'] = []
  for (const { key } of await dagstore.lookup(cid, { signal })) {
    const shard = await dagstore.acquire(key, { signal })
    try {
      const size = await shard.blockstore.size(cid, { signal })
      for (const offset of await shard.index.find(cid.multihash.bytes))
        found.push({ RelOffset: offset, BlockSize: sectionSize(cid.bytes.length, size), PieceCID: link(key) })
    } finally {
      await shard.close()
    }
  }
  return found
}

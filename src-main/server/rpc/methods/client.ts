import { z } from 'zod'
import type { ImportView } from '../../../../src-shared/contract/index.ts'
import { type Engine, EngineError, parseCid } from '../../../engine/index.ts'
import { failure } from '../rpc-error.ts'
import { method, param } from '../rpc-method.ts'
import { cidLink, fileRef, idNumber, link, nothing, uint64 } from '../rpc-types.ts'

/** Imports, CARs and commitments: the Client methods of lotus' API that need no chain (lotus-behaviour.md 5.4). */

const importInfo = z.object({
  Key: uint64,
  Err: z.string(),
  Root: cidLink.nullable(),
  Source: z.string(),
  FilePath: z.string(),
  CARPath: z.string(),
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
      summary: 'Piece CID and unpadded piece size of a CARv1 file as it lies there, or of the CARv1 in a CARv2.',
      params: [param('inpath', z.string().min(1).max(4096))],
      result: { name: 'commP', schema: z.object({ Root: cidLink, Size: z.number() }) },
    },
    async ({ engine, signal }, path) => {
      await requireCar(engine, path, signal)
      const { pieceCid, pieceSize } = await engine.dags.carCommitment(path, { signal })
      return { Root: link(pieceCid), Size: (pieceSize / 128) * 127 }
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

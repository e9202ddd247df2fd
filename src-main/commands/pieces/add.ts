import type { Verbs } from '../verbs.ts'
import { pieceText } from './piece-text.ts'

interface Options {
  pieceCid?: string
  register?: boolean
}

export const add = (verbs: Verbs) =>
  verbs
    .verb('add', 'copy a CAR into the piece store, its commitment checked')
    .argument('<path>')
    .option('--piece-cid <cid>', 'refuse a file whose commitment is another')
    .option('--register', 'also make a shard of it, and index it')
    .addHelpText('after', '\nExample:\n  carport pieces add --register deal.car')
    .action(
      verbs.run(async (run, { pieceCid, register }: Options, path: string) => {
        const { pieces, shards } = await run.client()
        const { signal } = run
        const added = await pieces.add({ path: run.path(path), pieceCid: pieceCid ?? null }, { signal })
        if (register === true) await shards.register({ key: added.pieceCid, url: null, lazy: false }, { signal })
        const piece = register === true ? await pieces.get({ pieceCid: added.pieceCid }) : added
        await run.output.result(
          piece,
          () => pieceText(piece, run.output.style),
          () => piece.pieceCid,
        )
      }),
    )

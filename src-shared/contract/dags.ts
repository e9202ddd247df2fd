import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { exportFormat } from './retrievals.ts'
import { cidText, pathText, procedure, progress } from './schema.ts'
import { dagEntry } from './shards.ts'

/** Work on DAGs that are on this machine: of imports, finished retrievals and shards. */

/** Names of entries below a root, or steps of IPLD's data model (`Links/0/Hash`). '' is the root. */
const nodePath = z.object({ root: cidText, path: z.string().max(4096).default('') })

export const dagCommitment = z.object({
  /** null of a CAR without one. */
  root: cidText.nullable(),
  /** Bytes of file content below the root; null where the CAR does not hold all of it. */
  payloadSize: z.number().nullable(),
  /** Bytes of the CARv1 that the commitment covers. */
  carSize: z.number(),
  pieceSize: z.number(),
  pieceCid: cidText,
  pieceCidV2: cidText.nullable(),
})

export type DagCommitmentView = z.infer<typeof dagCommitment>

export const writtenDag = z.object({
  root: cidText,
  /** Bytes of the dense CARv1 of what was written. */
  carSize: z.number(),
  path: z.string(),
  /** Bytes at `path`: of the files, or of the CAR. */
  sizeBytes: z.number(),
})
export type WrittenDagView = z.infer<typeof writtenDag>

const working = z.object({ type: z.literal('progress'), progress })
export const dagCommitmentEvent = z.discriminatedUnion('type', [
  working,
  z.object({ type: z.literal('done'), result: dagCommitment }),
])
export const writtenDagEvent = z.discriminatedUnion('type', [
  working,
  z.object({ type: z.literal('done'), result: writtenDag }),
])

export const dags = {
  /** Piece commitment of the CAR that a deal on a root transfers. */
  commitment: procedure.input(z.object({ root: cidText })).output(eventIterator(dagCommitmentEvent)),
  /** Writes what an import or a retrieval holds. */
  export: procedure
    .input(
      nodePath.extend({
        outPath: pathText,
        format: exportFormat.default('files'),
        overwrite: z.boolean().default(false),
      }),
    )
    .output(eventIterator(writtenDagEvent)),
  /** The entries of a folder, or with `links` the links of the block, a page at a time. A file lists itself. */
  list: procedure
    .input(
      nodePath.extend({
        links: z.boolean().default(false),
        after: z.string().max(4096).nullable().default(null),
        limit: z.number().int().min(1).max(5000).default(1000),
      }),
    )
    .output(z.object({ cid: cidText, entries: z.array(dagEntry), next: z.string().nullable() })),
}

import type { Client } from '../connection.ts'
import { usageError } from '../failure.ts'
import { type NodePath, parseNodePath } from '../node-path.ts'
import type { Verbs } from '../verbs.ts'

/** Asked for at once; while one part is written the next is read. */
const PART_BYTES = 4 << 20

export const cat = (verbs: Verbs) =>
  verbs
    .verb('cat', 'stream a file that an import, a retrieval or a shard holds to stdout')
    .argument('<root>', 'ROOT, or ROOT/PATH for a file in a folder')
    .addHelpText('after', '\nExamples:\n  carport client cat bafybei…/notes.txt\n  carport client cat bafybei… | mpv -')
    .action(
      verbs.run(async (run, _options: object, given: string) => {
        if (run.output.json !== 'off') throw usageError('cat writes the bytes of a file: it has no --json.')
        for await (const part of parts(await run.client(), parseNodePath(given), run.signal))
          await run.output.write(part)
      }),
    )

async function* parts({ dags }: Client, node: NodePath, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const read = (start: number) => dags.read({ ...node, start, maxBytes: PART_BYTES }, { signal })
  let next = read(0)
  for (let start = 0; ; start += PART_BYTES) {
    const { bytes, sizeBytes } = await next
    const more = start + PART_BYTES < sizeBytes
    if (more) {
      next = read(start + PART_BYTES)
      next.catch(() => {}) // seen when its turn comes
    }
    yield Buffer.from(bytes, 'base64')
    if (!more) return
  }
}

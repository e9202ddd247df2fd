import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { usageError } from '../failure.ts'
import type { VerbRun } from '../verb-run.ts'

/** Lets work write a file: the one named, or one whose bytes then go to stdout, where --json leaves no place for them. */
export async function toFileOrStdout<Result>(
  run: VerbRun,
  out: string | undefined,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  if (out !== undefined) return work(run.path(out))
  mustNotBeJson(run)
  const folder = await mkdtemp(join(tmpdir(), 'carport-out-'))
  try {
    const path = join(folder, 'out')
    const result = await work(path)
    for await (const chunk of createReadStream(path)) await run.output.write(chunk as Uint8Array)
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Before bytes go to stdout. */
export function mustNotBeJson(run: VerbRun): void {
  if (run.output.json !== 'off')
    throw usageError('With --json name a file to write to: stdout is for the JSON, and cannot have the bytes as well.')
}

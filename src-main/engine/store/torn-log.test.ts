import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { LevelStore } from './index.ts'

/**
 * A program whose files may not grow past 64 KiB stands for one whose disk is full: the log of its store reaches that
 * size in the middle of a record. What it was told is written must be there when it was killed and starts again.
 */
const PROGRAM = `
const { LevelStore } = await import(process.argv[1])
const store = await LevelStore.open(process.argv[2])
const failures = []
const written = []
for (let i = 0; i < 200; i++)
  await store.put(Buffer.from('row ' + i), Buffer.alloc(1000, i)).then(
    () => written.push(i),
    (error) => failures.push([i, error.code, error.message]),
  )
process.stdout.write(JSON.stringify({ failures, written }), () => process.kill(process.pid, 'SIGKILL'))
`

it.skipIf(process.platform === 'win32')('loses nothing that was written after a write that failed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'carport-torn-'))
  const module = fileURLToPath(new URL('./index.ts', import.meta.url))
  const limited = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', PROGRAM]
  const child = spawn('bash', [...limited, module, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const { failures, written } = JSON.parse(said) as { failures: [number, string, string][]; written: number[] }
  expect(failures.length).toBeGreaterThan(0)
  expect(failures[0]).toEqual([
    expect.any(Number),
    'IO_ERROR',
    expect.stringMatching(/^The records in .* cannot be written/),
  ])
  expect(written.length).toBe(200 - failures.length)
  expect(written.at(-1)).toBeGreaterThan(190)
  const store = await LevelStore.open(directory)
  const lost: number[] = []
  for (const i of written) if ((await store.get(Buffer.from(`row ${i}`))) === undefined) lost.push(i)
  await store.close()
  expect(lost).toEqual([])
  await rm(directory, { recursive: true })
})

import { execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WRITTEN_CARS } from './test-kit/write-dagstore.ts'

/** Go's dagstore v0.7.0 itself on directories that Carport wrote, where there is a Go that has, or can get, its modules. */
const folder = fileURLToPath(new URL('../../../interop/go-dagstore/', import.meta.url))
const binary = fileURLToPath(
  new URL(`../../../interop/bin/go-dagstore${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
)
const writer = fileURLToPath(new URL('./test-kit/write-dagstore.ts', import.meta.url))
const run = promisify(execFile)

function hasGo(): boolean {
  try {
    execFileSync('go', ['mod', 'download'], { cwd: folder, stdio: 'ignore', timeout: 120_000 })
    return true
  } catch {
    return false
  }
}

interface Found {
  state: string
  error: string
  blocks: Record<string, string>
  lookedUp: number
}

describe.skipIf(!hasGo())('Go’s dagstore', () => {
  let directory: string
  beforeAll(() => run('go', ['build', '-o', binary, '.'], { cwd: folder }), 300_000)
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carport-for-go-'))
    await mkdir(join(directory, 'pieces'))
    for (const { key, bytes } of WRITTEN_CARS) await writeFile(join(directory, 'pieces', key), bytes)
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  /** Lets another process write a dagstore, and end it or kill itself. */
  async function write(how: 'close' | 'kill'): Promise<void> {
    const child = spawn(process.execPath, [writer, join(directory, 'dagstore'), how], { stdio: 'inherit' })
    const [code, signal] = await once(child, 'exit')
    expect([code, signal]).toEqual(how === 'kill' ? [null, 'SIGKILL'] : [0, null])
  }

  const ask = async (): Promise<Record<string, Found>> => {
    const { stdout } = await run(binary, [join(directory, 'dagstore'), join(directory, 'pieces')])
    return JSON.parse(stdout) as Record<string, Found>
  }

  it.each(['close', 'kill'] as const)('reads every block of what Carport wrote, after a %s', async (how) => {
    await write(how)
    const shards = await ask()
    expect(Object.keys(shards).sort()).toEqual(WRITTEN_CARS.map(({ key }) => key).sort())
    for (const [i, { key, blocks }] of WRITTEN_CARS.entries()) {
      const expected = Object.fromEntries(
        blocks.map(({ cid, bytes }) => [cid.toString(), createHash('sha256').update(bytes).digest('hex')]),
      )
      expect(shards[key]).toEqual({
        state: i % 2 === 0 ? 'ShardStateAvailable' : 'ShardStateNew',
        error: '',
        blocks: expected,
        lookedUp: blocks.length,
      })
    }
    expect(await ask()).toMatchObject(
      Object.fromEntries(WRITTEN_CARS.map(({ key }) => [key, { state: 'ShardStateAvailable', error: '' }])),
    )
  })
})

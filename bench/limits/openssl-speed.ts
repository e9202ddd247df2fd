import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import type { Limit } from './read-sha256.ts'

const run = promisify(execFile)
const MIB = 1024 * 1024

/** MiB/s of sha256 over blocks of `blockBytes` on one core: `openssl speed` where it is installed, else node:crypto. */
export async function sha256SpeedLimit(blockBytes = MIB): Promise<Limit> {
  const installed = await run('openssl', ['version']).then(
    () => true,
    () => false,
  )
  if (!installed)
    return { what: 'node:crypto sha256, one core (no openssl)', measure: async () => nodeSpeed(blockBytes) }
  return { what: 'openssl sha256, one core', measure: () => opensslSpeed(blockBytes) }
}

async function opensslSpeed(blockBytes: number): Promise<number> {
  const args = ['speed', '-mr', '-seconds', '1', '-bytes', String(blockBytes), '-evp', 'sha256']
  const { stdout } = await run('openssl', args)
  const bytesPerSecond = Number(/^\+F:.*:([\d.]+)\s*$/m.exec(stdout)?.[1])
  return bytesPerSecond / MIB
}

function nodeSpeed(blockBytes: number): number {
  const block = new Uint8Array(blockBytes)
  const start = process.hrtime.bigint()
  const end = start + 1_000_000_000n
  let blocks = 0
  do {
    hash('sha256', block, 'buffer')
    blocks++
  } while (process.hrtime.bigint() < end)
  return (blocks * blockBytes) / MIB / (Number(process.hrtime.bigint() - start) / 1e9)
}

import { createHash, randomBytes } from 'node:crypto'
import { chmod, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrnoException, writeFileAtomic } from '../engine/index.ts'

/**
 * The files `api` and `token` in the data directory, as in a Lotus repository: where the running engine listens (a
 * multiaddr) and the token that opens it. `api` exists only while an engine listens, or after one was killed.
 */
export interface EngineAddress {
  host: string
  port: number
  token: string
}

/** `http://127.0.0.1:1234` */
export function engineAddressUrl({ host, port }: Pick<EngineAddress, 'host' | 'port'>): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** `/ip4/127.0.0.1/tcp/1234/http` */
export function engineMultiaddr({ host, port }: Pick<EngineAddress, 'host' | 'port'>): string {
  const protocol = host.includes(':') ? 'ip6' : /^[\d.]+$/.test(host) ? 'ip4' : 'dns'
  return `/${protocol}/${host}/tcp/${port}/http`
}

/** null where no engine says that it listens. */
export async function readEngineAddress(dataDir: string): Promise<EngineAddress | null> {
  const [api, token] = await Promise.all([readText(join(dataDir, 'api')), readText(join(dataDir, 'token'))])
  const match = /^\/(?:ip4|ip6|dns)\/([^/]+)\/tcp\/(\d+)\/http$/.exec(api?.trim() ?? '')
  if (match?.[1] === undefined || token === null) return null
  return { host: match[1], port: Number(match[2]), token: token.trim() }
}

/** The token of earlier runs, so that scripts that hold it go on working; a new one in a new directory. */
export async function ensureToken(dataDir: string): Promise<string> {
  const path = join(dataDir, 'token')
  const known = (await readText(path))?.trim()
  if (known !== undefined && known.length >= 32) {
    await chmod(path, 0o600)
    return known
  }
  const token = randomBytes(32).toString('base64url')
  await writeFileAtomic(path, token, 0o600)
  return token
}

const USUAL_PORTS_FROM = 20_000
const USUAL_PORTS = 10_000

/** The port that belongs to a data directory: the same at each start. Below those that systems give to outgoing connections. */
export function usualPort(token: string): number {
  return USUAL_PORTS_FROM + (createHash('sha256').update(`port ${token}`).digest().readUInt32BE() % USUAL_PORTS)
}

/** To be called once the engine listens, not before: scripts wait for this file. */
export async function writeEngineAddress(dataDir: string, address: Omit<EngineAddress, 'token'>): Promise<void> {
  await writeFileAtomic(join(dataDir, 'api'), engineMultiaddr(address), 0o600)
}

export async function removeEngineAddress(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'api'), { force: true })
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrnoException(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw error
  }
}

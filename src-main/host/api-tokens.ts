import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jwtVerify, SignJWT } from 'jose'
import { isErrnoException, writeFileAtomic } from '../engine/index.ts'

/** Lotus' permissions, each holding those before it when a token is made for it. */
export const PERMISSIONS = ['read', 'write', 'sign', 'admin'] as const
export type Permission = (typeof PERMISSIONS)[number]

/**
 * Tokens for the JSON-RPC, as Lotus makes them: JWTs (HS256) with `{"Allow": ["read", …]}` and no end. They are signed
 * with a secret of the data directory; a new secret makes all of them void.
 */
export class ApiTokens {
  readonly #secret: Uint8Array

  private constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** Reads `<dataDir>/jwt-secret`, or makes one for this user's eyes only. */
  static async open(dataDir: string): Promise<ApiTokens> {
    const path = join(dataDir, 'jwt-secret')
    const secret = (await readSecret(path)) ?? (await makeSecret(path))
    return new ApiTokens(secret)
  }

  create(allow: readonly Permission[]): Promise<string> {
    return new SignJWT({ Allow: [...allow] }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(this.#secret)
  }

  /** What a token allows; null for one that is not ours. */
  async verify(token: string): Promise<Permission[] | null> {
    try {
      const { payload } = await jwtVerify(token, this.#secret, { algorithms: ['HS256'] })
      return Array.isArray(payload.Allow) ? payload.Allow.filter(isPermission) : null
    } catch {
      return null
    }
  }
}

/** `permission` and what it includes. */
export function permissionsUpTo(permission: Permission): Permission[] {
  return PERMISSIONS.slice(0, PERMISSIONS.indexOf(permission) + 1)
}

export function isPermission(value: unknown): value is Permission {
  return (PERMISSIONS as readonly unknown[]).includes(value)
}

const SECRET_BYTES = 32

/** Of two processes that make one at the same time, both get that of the first. */
async function makeSecret(path: string): Promise<Uint8Array> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const secret = randomBytes(SECRET_BYTES)
  const own = `${path}.${secret.toString('hex', 0, 6)}`
  await writeFileAtomic(own, secret.toString('base64'), 0o600)
  try {
    await link(own, path)
    return secret
  } catch (error) {
    const taken = isErrnoException(error) && error.code === 'EEXIST' ? await readSecret(path) : null
    if (taken !== null) return taken
    await rename(own, path) // a damaged secret, or a disk without links
    return secret
  } finally {
    await rm(own, { force: true })
  }
}

async function readSecret(path: string): Promise<Uint8Array | null> {
  try {
    const secret = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64')
    if (secret.length < SECRET_BYTES) return null
    await chmod(path, 0o600)
    return secret
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ENOENT') return null
    throw error
  }
}

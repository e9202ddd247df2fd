import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether a program written in Go, as Lotus is, has a LevelDB open. Its locks (flock) are of another kind than those of
 * LevelDB itself (fcntl), and neither notices the other. Linux lists both; elsewhere this cannot be known.
 */
export async function isLockedByGo(directory: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const [locks, lock] = await Promise.all([
    readFile('/proc/locks', 'latin1').catch(() => ''),
    stat(join(directory, 'LOCK'), { bigint: true }).catch(() => null),
  ])
  if (lock === null) return false
  const place = new RegExp(`^\\d+: FLOCK .* ${hex(major(lock.dev))}:${hex(minor(lock.dev))}:${lock.ino} `, 'm')
  return place.test(locks)
}

// As glibc takes a device number apart.
const major = (device: bigint) => ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
const minor = (device: bigint) => (device & 0xffn) | ((device >> 12n) & ~0xffn)
const hex = (number: bigint) => number.toString(16).padStart(2, '0')

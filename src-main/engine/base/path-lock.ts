import { readFileSync } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { EngineError, isErrnoException } from './engine-error.ts'

/** Says that this process is the only writer of a path. */
export interface PathLock {
  release(): Promise<void>
}

const held = new Set<string>()

/**
 * Takes `<path>.lock` for this process. A lock whose process is gone (kill -9, power cut) is taken over; a lock of a
 * living process, or a second one of this process, is LOCKED.
 */
export async function lockPath(path: string): Promise<PathLock> {
  if (held.has(path)) throw lockedError(path, process.pid)
  held.add(path)
  const lockFile = `${path}.lock`
  try {
    await createLockFile(path, lockFile)
  } catch (error) {
    held.delete(path)
    throw error
  }
  return {
    async release() {
      if (!held.delete(path)) return
      await rm(lockFile, { force: true })
    },
  }
}

async function createLockFile(path: string, lockFile: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(lockFile, 'wx', 0o600)
      await handle.writeFile(`${process.pid} ${processStart(process.pid)}\n`)
      await handle.close()
      return
    } catch (error) {
      if (!isErrnoException(error) || error.code !== 'EEXIST') throw EngineError.from(error)
      const owner = await readOwner(lockFile)
      if (owner !== null && isAlive(owner)) throw lockedError(path, owner.pid)
      await rm(lockFile, { force: true })
    }
  }
  throw lockedError(path, 0)
}

interface Owner {
  pid: number
  start: string
}

async function readOwner(lockFile: string): Promise<Owner | null> {
  const text = await readFile(lockFile, 'utf8').catch(() => '')
  const [pid, start] = text.trim().split(' ')
  return pid === undefined || !/^\d+$/.test(pid) ? null : { pid: Number(pid), start: start ?? '' }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === process.pid) return false // ours, but not in `held`: left by an earlier process with this pid
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ESRCH') return false
  }
  // A pid is used again after a reboot or a wrap-around: the start time tells the two apart where the system has it.
  return owner.start === '' || processStart(owner.pid) === '' || processStart(owner.pid) === owner.start
}

/** Start time of a process in clock ticks since boot (field 22 of /proc/<pid>/stat); '' where there is no /proc. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function lockedError(path: string, pid: number): EngineError {
  return new EngineError('LOCKED', `${path} is being written by process ${pid}.`, { details: { path, pid } })
}

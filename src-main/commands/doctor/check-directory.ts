import { existsSync } from 'node:fs'
import { access, constants, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { type Finding, note, ok, problem } from './finding.ts'

const GIB = 2 ** 30
/** Files that hold secrets. */
const SECRETS = ['token', 'jwt-secret']

/** The data directory as files: place, owner, permissions, room. Changes nothing. */
export async function checkDirectory(dataDir: string): Promise<Finding[]> {
  const found = await stat(dataDir).catch(() => null)
  if (found === null) return [await checkAbsent(dataDir), ...(await checkSpace(existingAncestor(dataDir)))]
  if (!found.isDirectory())
    return [
      problem(
        'directory',
        `${dataDir} is a file, not a folder.`,
        'Name another folder with --repo or CARPORT_PATH, or move the file.',
      ),
    ]
  return [await checkWritable(dataDir), ...(await checkSecrecy(dataDir, found.mode)), ...(await checkSpace(dataDir))]
}

async function checkAbsent(dataDir: string): Promise<Finding> {
  const parent = existingAncestor(dataDir)
  try {
    await access(parent, constants.W_OK | constants.X_OK)
    return ok('directory', `${dataDir} is not there yet; the first start makes it.`)
  } catch {
    return problem(
      'directory',
      `${dataDir} is not there, and this user may not make it in ${parent}.`,
      'Name another folder with --repo or CARPORT_PATH, or let your user write there.',
    )
  }
}

async function checkWritable(dataDir: string): Promise<Finding> {
  const folders = [dataDir]
  try {
    for (const entry of await readdir(dataDir, { withFileTypes: true }))
      if (entry.isDirectory()) folders.push(join(dataDir, entry.name))
    for (const folder of folders) await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const path = (error as NodeJS.ErrnoException).path ?? dataDir
    return problem('directory', `This user may not write to ${path}.`, `Take it over: chown -R "$USER" "${path}"`)
  }
  return ok('directory', `${dataDir} can be written to.`)
}

async function checkSecrecy(dataDir: string, mode: number): Promise<Finding[]> {
  if (process.platform === 'win32') return []
  const open: string[] = []
  for (const name of SECRETS) {
    const path = join(dataDir, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && (found.mode & 0o077) !== 0) open.push(path)
  }
  if (open.length > 0)
    return [
      problem(
        'permissions',
        `Other users can read ${open.join(' and ')}: with it they can do everything.`,
        `chmod 600 ${open.join(' ')}`,
      ),
    ]
  if ((mode & 0o077) !== 0)
    return [note('permissions', `Other users of this machine can look into ${dataDir}.`, `chmod 700 "${dataDir}"`)]
  return [ok('permissions', 'Only this user can look into it.')]
}

async function checkSpace(folder: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  const message = `${formatBytes(freeBytes)} are free for ${folder}.`
  const fix = 'Free space on that disk, or move the data directory. "carport status" says what takes the room.'
  if (freeBytes < GIB) return [problem('free-space', message, fix)]
  return [freeBytes < 10 * GIB ? note('free-space', message, fix) : ok('free-space', message)]
}

function existingAncestor(path: string): string {
  let at = path
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

import { createHash } from 'node:crypto'
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fixture } from './fixtures.ts'

/** Where the fixtures were made, and what they say of themselves. */
const ORIGIN = '/srv/carport-fixtures'

/** Copies of what Lotus wrote, in one temporary folder. */
export class LotusRepositories {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async create(): Promise<LotusRepositories> {
    return new LotusRepositories(await mkdtemp(join(tmpdir(), 'carport-lotus-')))
  }

  /** A lotus-miner repository with its sectors in two storage paths. */
  async miner(): Promise<string> {
    const path = join(this.root, 'lotus-miner')
    await cp(fixture('lotus-miner'), path, { recursive: true })
    const packed = join(path, 'unsealed/s-t01000-4.gz')
    await writeFile(packed.slice(0, -3), gunzipSync(await readFile(packed)))
    const storage = join(path, 'storage.json')
    await writeFile(storage, (await readFile(storage, 'utf8')).replaceAll(`${ORIGIN}/lotus-miner`, path))
    return path
  }

  /** A client's repository, with the sources of all linked imports that have one. */
  async client(): Promise<string> {
    const path = join(this.root, 'lotus-client')
    await cp(fixture('lotus-client'), path, { recursive: true })
    await mkdir(join(this.root, 'reference-cars'))
    await cp(fixture('car/generated/ref-payload.bin'), join(this.root, 'reference-cars/ref-payload.bin'))
    return path
  }

  /** Where a file lies that the records say lies where the fixtures were made. */
  readonly resolvePath = (path: string): string =>
    path.startsWith(`${ORIGIN}/`) ? join(this.root, path.slice(ORIGIN.length)) : path

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true })
  }
}

/**
 * Everything at and below a folder: names, kinds, content, inodes, modes and times of writing, to see that nothing was
 * written, replaced or made for a moment.
 */
export async function treeOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const note = async (path: string) => {
    const { ino, mode, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true })
    const isFile = (mode & 0o170000n) === 0o100000n
    const content = isFile
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : ''
    found.set(path, [ino, mode, size, mtimeNs, ctimeNs, content].join(' '))
  }
  await note(folder)
  for (const name of await readdir(folder, { recursive: true })) await note(join(folder, name))
  return found
}

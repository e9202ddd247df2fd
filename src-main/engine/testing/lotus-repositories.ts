import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

/** Every file below a folder with its content, to see that nothing was written. */
export async function contentOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name)
      files.set(path, await readFile(path, 'base64'))
    }
  return files
}

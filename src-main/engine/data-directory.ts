import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** Where everything lies below `$CARPORT_PATH`, laid out as Lotus users know it. */
export interface DataDirectory {
  root: string
  /** LevelDB: imports, deals, pieces, retrievals, transfers. */
  datastore: string
  imports: string
  retrievals: string
  dealStaging: string
  pieces: string
  dagstore: string
  logs: string
}

/** `$CARPORT_PATH`, else `~/.carport`. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv): string {
  return resolve(environment.CARPORT_PATH ?? join(homedir(), '.carport'))
}

/** Where the dagstore lies. `dagstoreRoot` is the setting DAGStore.RootDir, empty for the usual place. */
export function dagstoreDirectory(root: string, dagstoreRoot: string): string {
  if (dagstoreRoot === '') return join(root, 'dagstore')
  return isAbsolute(dagstoreRoot) ? dagstoreRoot : join(root, dagstoreRoot)
}

/** Creates what is missing. The root is closed to other users: it holds the token. */
export async function openDataDirectory(path: string, dagstoreRoot = ''): Promise<DataDirectory> {
  const root = resolve(path)
  const directory: DataDirectory = {
    root,
    datastore: join(root, 'datastore'),
    imports: join(root, 'imports'),
    retrievals: join(root, 'retrievals'),
    dealStaging: join(root, 'deal-staging'),
    pieces: join(root, 'pieces'),
    dagstore: dagstoreDirectory(root, dagstoreRoot),
    logs: join(root, 'logs'),
  }
  const created = await mkdir(root, { recursive: true })
  if (created !== undefined && process.platform !== 'win32') await chmod(root, 0o700)
  for (const folder of Object.values(directory)) await mkdir(folder, { recursive: true })
  return directory
}

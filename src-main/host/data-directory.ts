import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultDataDirectory } from '../engine/index.ts'

/** The data directory, absolute: `repo` (from --repo) over $CARPORT_PATH over ~/.carport. `~/` is the user's home. */
export function dataDirectory(repo: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  if (repo === undefined || repo === '') return defaultDataDirectory(environment)
  return repo === '~' || repo.startsWith('~/') ? join(homedir(), repo.slice(2)) : resolve(repo)
}

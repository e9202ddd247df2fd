/**
 * Go's datastore keys: every key goes through a path clean-up, `path.Clean("/" + key)`, before it becomes the key of a
 * row. It collapses `//`, drops a `/` at the end and resolves `.` and `..`, also where the key is no path at all.
 */

/** The key of a row of Go's, as bytes, for a prefix that is clean already (`/dagstore`, `/inverted/index`). */
export function goRowKey(prefix: string, name: Uint8Array): Uint8Array {
  return Buffer.from(prefix + cleanRootedPath(Buffer.from(name).toString('latin1')), 'latin1')
}

/** Whether the clean-up leaves a name as it is. */
export function survivesGoClean(name: Uint8Array): boolean {
  const text = Buffer.from(name).toString('latin1')
  return cleanRootedPath(text) === `/${text}`
}

function cleanRootedPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

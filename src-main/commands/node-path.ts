import { usageError } from './failure.ts'

/** A root, and the path below it; '' is the root itself. */
export interface NodePath {
  root: string
  path: string
}

/** `ROOT`, `ROOT/a/b.txt` or `/ipfs/ROOT/a/b.txt`. */
export function parseNodePath(given: string): NodePath {
  const [root = '', ...path] = given.replace(/^\/ipfs\//, '').split('/')
  if (root === '') throw usageError(`"${given}" does not begin with a root: write ROOT, or ROOT/PATH.`)
  return { root, path: path.filter((segment) => segment !== '').join('/') }
}

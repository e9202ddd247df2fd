import { formatBytes } from '../../../src-shared/format/index.ts'

/** What the engine says lies at a path. */
export interface PathDescription {
  path: string
  kind: 'file' | 'directory' | 'car' | 'unreadable' | 'missing' | 'other'
  sizeBytes: number
  fileCount: number
  message: string | null
}

/** `A folder: 10,212 files, 4.2 GiB`. */
export function describe({ kind, sizeBytes, fileCount, message }: PathDescription): string {
  switch (kind) {
    case 'directory':
      return `A folder: ${counted(fileCount, 'file')}, ${formatBytes(sizeBytes)}`
    case 'car':
      return `A CAR of ${formatBytes(sizeBytes)}`
    case 'file':
      return `A file of ${formatBytes(sizeBytes)}`
    default:
      return message ?? 'Nothing that can be read.'
  }
}

export function isReadable({ kind }: PathDescription): boolean {
  return kind === 'file' || kind === 'directory' || kind === 'car'
}

/** `3 files, 4.2 GiB`: what a drop of all of these is. */
export function describeAll(found: readonly PathDescription[]): string {
  const readable = found.filter(isReadable)
  const folders = readable.filter(({ kind }) => kind === 'directory')
  const files = readable.filter(({ kind }) => kind !== 'directory')
  const sizeBytes = readable.reduce((sum, each) => sum + each.sizeBytes, 0)
  const [only] = readable
  if (readable.length === 1 && only !== undefined) return describe(only)
  const parts = [
    ...(files.length > 0 ? [counted(files.length, 'file')] : []),
    ...(folders.length > 0 ? [counted(folders.length, 'folder')] : []),
  ]
  return `${parts.join(' and ')}, ${formatBytes(sizeBytes)}`
}

/** `1 file`, `3 files`, `10,212 files`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`
}

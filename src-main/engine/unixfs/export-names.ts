import { EngineError } from '../base/index.ts'

/** Names that mean a device on Windows, with any ending: `con`, `NUL.txt`. */
const WINDOWS_DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i
/** Characters that Windows forbids; a colon would name a stream of another file. */
const WINDOWS_FORBIDDEN = /[<>:"|?*\\]/
const MAX_NAME_BYTES = 255

/**
 * Refuses an entry of a folder whose name would not stay within the folder it is written to, or that this system cannot
 * store as it is. Names come from strangers.
 */
export function checkEntryName(name: string, folder: string, platform: NodeJS.Platform = process.platform): void {
  const why = problemOf(name, platform)
  if (why === null) return
  throw new EngineError('UNIXFS_INVALID', `The entry ${JSON.stringify(name)} of ${folder} cannot be written: ${why}.`, {
    details: { name, folder },
  })
}

function problemOf(name: string, platform: NodeJS.Platform): string | null {
  if (name === '') return 'it has no name'
  if (name === '.' || name === '..') return 'its name would lead out of its folder'
  if (name.includes('/')) return 'its name contains a slash and would lead out of its folder'
  if (name.includes('\0')) return 'its name contains a NUL character'
  if (platform !== 'win32') return Buffer.byteLength(name) > MAX_NAME_BYTES ? 'its name is too long' : null
  if (name.length > MAX_NAME_BYTES) return 'its name is too long'
  if (WINDOWS_FORBIDDEN.test(name) || hasControlCharacter(name)) return 'its name has characters that Windows forbids'
  if (WINDOWS_DEVICES.test(name)) return 'its name means a device on Windows'
  if (name.endsWith('.') || name.endsWith(' ')) return 'its name ends with a dot or a space, which Windows drops'
  return null
}

function hasControlCharacter(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) < 0x20) return true
  return false
}

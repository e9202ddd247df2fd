import { createHash } from 'node:crypto'

/** Longest name that every file system takes, less what is put before and behind it here. */
const MAX_BYTES = 200
const KEPT_BYTES = 120

/**
 * A shard key as part of a file name. Keys that are safe as they are, piece CIDs among them, stay unchanged, as Go
 * writes them; in others the characters that no file name may hold are written as %XX.
 */
export function fileNameOfKey(key: string): string {
  if (PLAIN.test(key)) return key
  const name = key.replace(UNSAFE, percentEncode)
  if (Buffer.byteLength(name) <= MAX_BYTES) return name
  const digest = createHash('sha256').update(key).digest('hex')
  return `${Buffer.from(name)
    .subarray(0, KEPT_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '')}-${digest}`
}

const PLAIN = /^[A-Za-z0-9_-]{1,200}$/
// Path separators and what Windows forbids; a percent sign only where it could be mistaken for an encoding.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[/\\\u0000-\u001f:*?"<>|]|%(?=[0-9a-fA-F]{2})/g

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

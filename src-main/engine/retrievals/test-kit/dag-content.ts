import { fillStream } from '../../testing/content.ts'

export function content(sizeBytes: number, seed = 7): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  fillStream(bytes, seed)
  return bytes
}

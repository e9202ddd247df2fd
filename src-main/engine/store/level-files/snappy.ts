/** Expands a block as Snappy compressed it (format_description.txt); null where it cannot be. */
export function expandSnappy(bytes: Buffer): Buffer | null {
  let at = 0
  let size = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++]
    if (byte === undefined || factor > 2 ** 28) return null
    size += (byte & 0x7f) * factor
    if (byte < 0x80) break
  }
  if (size > bytes.length * 64) return null // a copy of three bytes makes 64 at most
  const out = Buffer.alloc(size)
  let filled = 0
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0
    const kind = tag & 3
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59)
      const length = (extra === 0 ? tag >> 2 : at + extra <= bytes.length ? bytes.readUIntLE(at, extra) : size) + 1
      at += extra
      if (at + length > bytes.length || filled + length > size) return null
      bytes.copy(out, filled, at, at + length)
      at += length
      filled += length
      continue
    }
    const width = kind === 3 ? 4 : kind
    if (at + width > bytes.length) return null
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const back = bytes.readUIntLE(at, width) + (kind === 1 ? (tag >> 5) * 256 : 0)
    at += width
    if (back === 0 || back > filled || filled + length > size) return null
    for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - back] ?? 0 // may overlap
  }
  return filled === size ? out : null
}

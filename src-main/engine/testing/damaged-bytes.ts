/** Bytes changed, cut off, repeated, or replaced by such as say they are very long. `random(n)` is below n. */
export function damagedBytes(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = Buffer.from(bytes)
  if (copy.length === 0) return Buffer.from('x')
  switch (random(4)) {
    case 0:
      for (let i = 0; i <= random(4); i++) copy[random(copy.length)] = random(256)
      return copy
    case 1:
      return copy.subarray(0, random(copy.length))
    case 2:
      return Buffer.concat([copy, copy.subarray(random(copy.length))])
    default:
      return copy.fill(0xff, random(copy.length)).fill(0x7f, copy.length - 1)
  }
}

/** Names of the multicodec table for the codecs that occur in CAR files. */
const NAMES = new Map<number, string>([
  [0x51, 'cbor'],
  [0x55, 'raw'],
  [0x70, 'dag-pb'],
  [0x71, 'dag-cbor'],
  [0x72, 'libp2p-key'],
  [0x78, 'git-raw'],
  [0x0129, 'dag-json'],
  [0x0200, 'json'],
])

/** `dag-pb`, or `0x1234` for a codec without a name here. */
export function codecName(code: number): string {
  return NAMES.get(code) ?? `0x${code.toString(16)}`
}

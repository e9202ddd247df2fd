/** Names of the multicodec table for the block codecs that occur in CAR files. */
const NAMES = new Map<number, string>([
  [0x00, 'identity'],
  [0x51, 'cbor'],
  [0x55, 'raw'],
  [0x70, 'dag-pb'],
  [0x71, 'dag-cbor'],
  [0x72, 'libp2p-key'],
  [0x78, 'git-raw'],
  [0x85, 'dag-jose'],
  [0x86, 'dag-cose'],
  [0x90, 'eth-block'],
  [0xb0, 'bitcoin-block'],
  [0x0129, 'dag-json'],
  [0x0200, 'json'],
])

/** `dag-pb`, or `0x1234` for a codec without a name here. */
export function blockCodecName(code: number): string {
  return NAMES.get(code) ?? `0x${code.toString(16)}`
}

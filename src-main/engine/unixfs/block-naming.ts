import { BLAKE2B_256_CODE, computeDigest, DAG_PB_CODEC, RAW_CODEC, SHA2_256_CODE } from '../car/index.ts'
import type { ProfileRules } from './profiles.ts'

export const DIGEST_BYTES = 32

const MULTIHASH_CODES = { 'sha2-256': SHA2_256_CODE, 'blake2b-256': BLAKE2B_256_CODE } as const
const MULTIHASH_PREFIX = { 'sha2-256': [0x12, 0x20], 'blake2b-256': [0xa0, 0xe4, 0x02, 0x20] } as const

export type BlockCodec = typeof RAW_CODEC | typeof DAG_PB_CODEC

export function multihashCode(rules: ProfileRules): number {
  return MULTIHASH_CODES[rules.hash]
}

/** Gives blocks their CIDs under a profile. */
export class BlockNaming {
  readonly rules: ProfileRules
  readonly #prefixes: Record<BlockCodec, Uint8Array>

  private constructor(rules: ProfileRules) {
    this.rules = rules
    const multihash = MULTIHASH_PREFIX[rules.hash]
    this.#prefixes = {
      [RAW_CODEC]: Uint8Array.of(1, RAW_CODEC, ...multihash),
      [DAG_PB_CODEC]:
        rules.cidVersion === 0 ? Uint8Array.of(...multihash) : Uint8Array.of(1, DAG_PB_CODEC, ...multihash),
    }
  }

  /** Loads the hash function, so that everything after is synchronous. */
  static async load(rules: ProfileRules): Promise<BlockNaming> {
    await computeDigest(multihashCode(rules), new Uint8Array(0))
    return new BlockNaming(rules)
  }

  /** Whether a block of this length goes into its CID. */
  isInlined(length: number): boolean {
    return this.rules.inlineLimitBytes !== null && length <= this.rules.inlineLimitBytes
  }

  /** The bytes of a CID from a digest. */
  fromDigest(codec: BlockCodec, digest: Uint8Array): Uint8Array<ArrayBuffer> {
    const prefix = this.#prefixes[codec]
    const cid = new Uint8Array(prefix.length + digest.length)
    cid.set(prefix)
    cid.set(digest, prefix.length)
    return cid
  }

  /** The bytes of the CID of a block that is at hand; identity where the profile inlines it. */
  ofBlock(codec: BlockCodec, block: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.isInlined(block.length)) return identityCid(codec, block)
    return this.fromDigest(codec, computeDigest(multihashCode(this.rules), block) as Uint8Array)
  }
}

/** Only for blocks shorter than 128 bytes. */
function identityCid(codec: BlockCodec, block: Uint8Array): Uint8Array<ArrayBuffer> {
  const cid = new Uint8Array(4 + block.length)
  cid.set([1, codec, 0, block.length])
  cid.set(block, 4)
  return cid
}

/** Whether the bytes of a CID carry the block itself. */
export function isIdentityCid(cid: Uint8Array): boolean {
  return cid[0] === 1 && cid[2] === 0
}

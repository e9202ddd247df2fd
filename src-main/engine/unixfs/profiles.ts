import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'

/**
 * What decides the root CID of a file or folder. The same content gives the same root only under the same profile:
 * `unixfs-v1-2025` and `unixfs-v0-2015` are those of IPIP-499, `kubo-cidv1` is `ipfs add --cid-version=1`, `lotus` is
 * the client import of Lotus (lotus-behaviour 5.2).
 */
export interface ProfileRules {
  readonly cidVersion: 0 | 1
  readonly hash: 'sha2-256' | 'blake2b-256'
  /** Bytes of content in one leaf. */
  readonly chunkSizeBytes: number
  /** Links in one node of a file. */
  readonly maxLinks: number
  /** Whether a leaf is the bytes themselves; otherwise they are wrapped in a dag-pb node, and cannot be linked to. */
  readonly rawLeaves: boolean
  /** A node of at most so many bytes is put into its CID (identity multihash); null: never. */
  readonly inlineLimitBytes: number | null
  /** A folder becomes a HAMT when it is larger than the threshold, measured so. */
  readonly hamt: { readonly thresholdBytes: number; readonly estimate: 'links' | 'block' }
}

const HAMT_THRESHOLD_BYTES = 262_144

export const PROFILES: Readonly<Record<UnixfsProfile, ProfileRules>> = {
  'unixfs-v1-2025': {
    cidVersion: 1,
    hash: 'sha2-256',
    chunkSizeBytes: 1_048_576,
    maxLinks: 1024,
    rawLeaves: true,
    inlineLimitBytes: null,
    hamt: { thresholdBytes: HAMT_THRESHOLD_BYTES, estimate: 'block' },
  },
  'unixfs-v0-2015': {
    cidVersion: 0,
    hash: 'sha2-256',
    chunkSizeBytes: 262_144,
    maxLinks: 174,
    rawLeaves: false,
    inlineLimitBytes: null,
    hamt: { thresholdBytes: HAMT_THRESHOLD_BYTES, estimate: 'links' },
  },
  'kubo-cidv1': {
    cidVersion: 1,
    hash: 'sha2-256',
    chunkSizeBytes: 262_144,
    maxLinks: 174,
    rawLeaves: true,
    inlineLimitBytes: null,
    hamt: { thresholdBytes: HAMT_THRESHOLD_BYTES, estimate: 'links' },
  },
  lotus: {
    cidVersion: 1,
    hash: 'blake2b-256',
    chunkSizeBytes: 1_048_576,
    maxLinks: 1024,
    rawLeaves: true,
    inlineLimitBytes: 126,
    hamt: { thresholdBytes: HAMT_THRESHOLD_BYTES, estimate: 'links' },
  },
}

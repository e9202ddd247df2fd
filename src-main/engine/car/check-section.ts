/** Compares a section's data with its CID. */

import { hash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { EngineError } from '../base/index.ts'
import { readMultihash } from './cid-span.ts'
import { computeDigest, IDENTITY_CODE, matchesMultihash, SHA2_256_CODE } from './multihash.ts'
import { cidOf, dataOf, multihashOf, type SectionBatch } from './section-batch.ts'

/**
 * Whether section `i` hashes to its CID. A promise only for the first use of a WebAssembly hash. UNSUPPORTED for a hash
 * function that is not known.
 */
export function sectionMatches(batch: SectionBatch, i: number): boolean | Promise<boolean> {
  const data = dataOf(batch, i)
  const digestStart = batch.digestStart[i] as number
  const dataStart = batch.dataStart[i] as number
  if (batch.hashCode[i] === SHA2_256_CODE && dataStart - digestStart === 32) {
    // As text, since node:crypto makes a string in a third of the time it needs for a Buffer.
    const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + digestStart, 32)
    return hash('sha256', data, 'binary') === bytes.toString('binary')
  }
  const { code, digest } = readMultihash(multihashOf(batch, i))
  return matchesMultihash(createDigest(code, digest), data)
}

/** Throws, or rejects with, BLOCK_MISMATCH unless section `i`, at `offset` of the file, hashes to its CID. */
export function checkSection(batch: SectionBatch, i: number, offset: number): void | Promise<void> {
  const matches = sectionMatches(batch, i)
  if (matches === true) return
  if (matches === false) throw sectionMismatch(batch, i, offset)
  return matches.then((ok) => {
    if (!ok) throw sectionMismatch(batch, i, offset)
  })
}

/** The error for a section that does not hash to its CID. */
export function sectionMismatch(batch: SectionBatch, i: number, offset: number): EngineError {
  const cid = cidOf(batch, i)
  const actual = actualCid(cid, dataOf(batch, i))
  return new EngineError(
    'BLOCK_MISMATCH',
    `Block ${cid} at byte ${offset} is damaged: its ${batch.dataLength[i]} bytes do not hash to it.`,
    {
      details: {
        offset,
        cid: cid.toString(),
        goCar: `mismatch in content integrity, expected: ${cid}, got: ${actual ?? 'another digest'}`,
      },
    },
  )
}

/** The CID the bytes would have; null where that cannot be said at once. */
function actualCid(cid: CID, bytes: Uint8Array): CID | null {
  const code = cid.multihash.code
  const digest = code === IDENTITY_CODE ? bytes : computeDigest(code, bytes)
  if (digest instanceof Promise) return null
  const multihash = createDigest(code, digest.subarray(0, Math.min(digest.length, cid.multihash.size || digest.length)))
  return CID.create(cid.version, cid.code, multihash)
}

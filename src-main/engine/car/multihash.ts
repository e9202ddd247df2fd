/**
 * The hash functions of blocks, by multihash code. One table for every reader and writer that checks bytes against a
 * CID. node:crypto computes the SHA-1 and SHA-2 families on every runtime (Electron's BoringSSL has no other); the rest is
 * WebAssembly, which is loaded at the first use, so only that first check is asynchronous.
 *
 * Digests may be truncated, as multihash allows, down to 20 bytes; shorter ones prove nothing and are not accepted.
 */
import { hash as nodeHash } from 'node:crypto'
import { createBLAKE2b, createBLAKE2s, createBLAKE3, createKeccak, createSHA3, type IHasher } from 'hash-wasm'
import type { CID, MultihashDigest } from 'multiformats'
import { EngineError } from '../base/index.ts'

export const IDENTITY_CODE = 0x00
export const SHA2_256_CODE = 0x12
export const BLAKE2B_256_CODE = 0xb220

/** Shortest truncated digest that still says something about the bytes. */
const MIN_DIGEST_BYTES = 20

type Digest = (bytes: Uint8Array) => Uint8Array
interface HashFunction {
  name: string
  /** null until `load` has run. */
  digest: Digest | null
  load?: () => Promise<Digest>
}

/** Name of a multihash code, e.g. `sha2-256`; null for one that cannot be computed here. */
export function multihashName(code: number): string | null {
  return functionOf(code)?.name ?? null
}

/** Digest of `bytes` under a multihash code, untruncated. UNSUPPORTED for a function that is not known. */
export function computeDigest(code: number, bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const known = functionOf(code)
  if (known === null) throw unsupported(code)
  if (known.digest !== null) return known.digest(bytes)
  return loaded(known).then((digest) => digest(bytes))
}

/** Whether `bytes` hash to `multihash`. Synchronous but for the first use of a WebAssembly function. UNSUPPORTED for a function that is not known. */
export function matchesMultihash(multihash: MultihashDigest, bytes: Uint8Array): boolean | Promise<boolean> {
  if (multihash.code === IDENTITY_CODE) return sameBytes(multihash.digest, bytes)
  const computed = computeDigest(multihash.code, bytes)
  return computed instanceof Promise
    ? computed.then((digest) => isDigestOrPrefix(multihash.digest, digest))
    : isDigestOrPrefix(multihash.digest, computed)
}

/** Throws (or rejects with) BLOCK_MISMATCH unless `bytes` hash to the CID. Synchronous where `matchesMultihash` is. */
export function verifyBlock(cid: CID, bytes: Uint8Array): void | Promise<void> {
  const matches = matchesMultihash(cid.multihash, bytes)
  if (matches === true) return
  if (matches === false) throw mismatch(cid, bytes)
  return matches.then((ok) => {
    if (!ok) throw mismatch(cid, bytes)
  })
}

export function isIdentity(cid: CID): boolean {
  return cid.multihash.code === IDENTITY_CODE
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

const known = new Map<number, HashFunction>([
  [0x11, native('sha1', 'sha1')],
  [SHA2_256_CODE, native('sha2-256', 'sha256')],
  [0x13, native('sha2-512', 'sha512')],
  [0x20, native('sha2-384', 'sha384')],
  [0x1013, native('sha2-224', 'sha224')],
  [0x56, { name: 'dbl-sha2-256', digest: (bytes) => sha256(sha256(bytes)) }],
  [0x14, wasm('sha3-512', () => createSHA3(512))],
  [0x15, wasm('sha3-384', () => createSHA3(384))],
  [0x16, wasm('sha3-256', () => createSHA3(256))],
  [0x17, wasm('sha3-224', () => createSHA3(224))],
  [0x1a, wasm('keccak-224', () => createKeccak(224))],
  [0x1b, wasm('keccak-256', () => createKeccak(256))],
  [0x1c, wasm('keccak-384', () => createKeccak(384))],
  [0x1d, wasm('keccak-512', () => createKeccak(512))],
  [0x1e, wasm('blake3', () => createBLAKE3(256))],
])

function functionOf(code: number): HashFunction | null {
  const found = known.get(code)
  if (found !== undefined) return found
  const blake = blake2(code)
  if (blake !== null) known.set(code, blake)
  return blake
}

/** blake2b-8 … blake2b-512 are 0xb201 … 0xb240, blake2s-8 … blake2s-256 are 0xb241 … 0xb260. */
function blake2(code: number): HashFunction | null {
  if (code > 0xb200 && code <= 0xb240) {
    const bits = (code - 0xb200) * 8
    return wasm(`blake2b-${bits}`, () => createBLAKE2b(bits))
  }
  if (code > 0xb240 && code <= 0xb260) {
    const bits = (code - 0xb240) * 8
    return wasm(`blake2s-${bits}`, () => createBLAKE2s(bits))
  }
  return null
}

function native(name: string, algorithm: string): HashFunction {
  return { name, digest: (bytes) => digestOf(algorithm, bytes) }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return digestOf('sha256', bytes)
}

/** By way of a string, which node:crypto makes three times as fast as a Buffer: that matters for small blocks. */
function digestOf(algorithm: string, bytes: Uint8Array): Uint8Array {
  return Buffer.from(nodeHash(algorithm, bytes, 'binary'), 'binary')
}

/** One instance serves all: a digest starts and ends without giving up the thread. */
function wasm(name: string, create: () => Promise<IHasher>): HashFunction {
  return {
    name,
    digest: null,
    load: async () => {
      const hasher = await create()
      return (bytes) => hasher.init().update(bytes).digest('binary')
    },
  }
}

async function loaded(hashFunction: HashFunction): Promise<Digest> {
  if (hashFunction.digest === null) hashFunction.digest = (await hashFunction.load?.()) ?? null
  if (hashFunction.digest === null)
    throw new EngineError('INTERNAL', `The hash function ${hashFunction.name} could not be loaded.`)
  return hashFunction.digest
}

function isDigestOrPrefix(expected: Uint8Array, computed: Uint8Array): boolean {
  if (expected.length === computed.length) return Buffer.compare(expected, computed) === 0
  if (expected.length < MIN_DIGEST_BYTES || expected.length > computed.length) return false
  return Buffer.compare(expected, computed.subarray(0, expected.length)) === 0
}

function mismatch(cid: CID, bytes: Uint8Array): EngineError {
  return new EngineError(
    'BLOCK_MISMATCH',
    `The ${bytes.length} bytes stored for block ${cid} do not hash to it: the data is damaged or was written wrongly.`,
    { details: { cid: cid.toString(), sizeBytes: bytes.length } },
  )
}

function unsupported(code: number): EngineError {
  return new EngineError(
    'UNSUPPORTED',
    `Blocks hashed with multihash function 0x${code.toString(16)} cannot be checked: this program does not know the function.`,
    { details: { multihashCode: code } },
  )
}

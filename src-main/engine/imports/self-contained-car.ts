import { rm, stat } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { code as rawCode } from 'multiformats/codecs/raw'
import { create } from 'multiformats/hashes/digest'
import type { UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { renameDurably, temporaryPathFor } from '../base/index.ts'
import { ReadWriteBlockstore } from '../blockstore/index.ts'
import { replaceRoots } from '../car/index.ts'
import { PROFILES } from '../unixfs/index.ts'

const DIGEST_BYTES = 32
const DAG_PB = 0x70
const HASH_CODES = { 'sha2-256': 0x12, 'blake2b-256': 0xb220 } as const

/**
 * A CARv2 of a DAG whose root is known only at the end. The header is written first with a root of the length that the
 * profile's roots have, which is replaced in place; a root of another length (an identity CID) costs a second copy.
 */
export class SelfContainedCarWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #placeholder: CID
  readonly #blocks: ReadWriteBlockstore

  private constructor(path: string, temporary: string, placeholder: CID, blocks: ReadWriteBlockstore) {
    this.#path = path
    this.#temporary = temporary
    this.#placeholder = placeholder
    this.#blocks = blocks
  }

  static async create(path: string, profile: UnixfsProfile): Promise<SelfContainedCarWriter> {
    const temporary = temporaryPathFor(path)
    const placeholder = placeholderRoot(profile)
    const blocks = await ReadWriteBlockstore.open(temporary, { roots: [placeholder], wholeCids: true })
    return new SelfContainedCarWriter(path, temporary, placeholder, blocks)
  }

  put(cid: CID, bytes: Uint8Array): Promise<void> {
    return this.#blocks.put(cid, bytes, { verify: false }) // the builder has just made the CID from these bytes
  }

  /** Writes index and header, sets the root, and gives the file its name. */
  async finish(root: CID): Promise<{ carSizeBytes: number }> {
    const whole =
      root.byteLength === this.#placeholder.byteLength ? await this.#finishInPlace(root) : await this.#copyUnder(root)
    await renameDurably(whole, this.#path)
    return { carSizeBytes: (await stat(this.#path)).size }
  }

  async discard(): Promise<void> {
    await this.#blocks.discard()
    await rm(this.#temporary, { force: true })
  }

  async #finishInPlace(root: CID): Promise<string> {
    await this.#blocks.finalize()
    await replaceRoots(this.#temporary, [root])
    return this.#temporary
  }

  async #copyUnder(root: CID): Promise<string> {
    const path = temporaryPathFor(this.#path)
    const copy = await ReadWriteBlockstore.open(path, { roots: [root], wholeCids: true })
    try {
      for await (const cid of this.#blocks.cids()) await copy.put(cid, await this.#blocks.get(cid), { verify: false })
      await copy.finalize()
    } catch (error) {
      await copy.discard()
      await rm(path, { force: true })
      throw error
    }
    await this.discard()
    return path
  }
}

function placeholderRoot(profile: UnixfsProfile): CID {
  const { cidVersion, hash, rawLeaves } = PROFILES[profile]
  const multihash = create(HASH_CODES[hash], new Uint8Array(DIGEST_BYTES))
  return cidVersion === 0
    ? CID.createV0(create(0x12, multihash.digest))
    : CID.createV1(rawLeaves ? rawCode : DAG_PB, multihash)
}

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../base/index.ts'
import type { Dagstore } from './dagstore-ports.ts'
import { type ExpectedShard, GO_VERSIONS, GoDirectory } from './test-kit/go-directory.ts'

/** Shards that no program can serve: the source has nothing, or what it has is no CAR, or the row is no record. */
const HOPELESS = [
  'initializing-broken',
  'available-transient-and-source-gone',
  'available-source-gone',
  'errored-fetch',
  'errored-fetch-seq',
  'errored-junk',
  'errored-cut-cid',
  'file-colon-missing',
  'fs-missing',
  'unknown-scheme',
  'tampered-not-json',
  'tampered-bad-cid',
]
/** Rows of which no shard can be made. They are listed, with a reason. */
const UNREADABLE = ['fs-missing', 'unknown-scheme', 'tampered-not-json', 'tampered-bad-cid']

/** What Go read, as sha256. */
function hashesOf({ acquire }: ExpectedShard): string[] {
  return (acquire.gets ?? []).flatMap(({ sha256 }) => sha256 ?? [])
}

async function readAll(dagstore: Dagstore, { key, acquire }: ExpectedShard) {
  const accessor = await dagstore.acquire(key)
  try {
    expect(dagstore.info(key).state).toBe('Serving')
    const gets = []
    for (const { cid, sha256 } of acquire.gets ?? []) {
      if (sha256 === undefined) continue // v0.4.3 compares whole CIDs
      const bytes = await accessor.blockstore.get(CID.parse(cid), { verify: false }).catch(() => null)
      gets.push(bytes === null ? null : createHash('sha256').update(bytes).digest('hex'))
    }
    return gets
  } finally {
    await accessor.close()
  }
}

describe.each(GO_VERSIONS)('a directory written by Go’s dagstore %s', (version) => {
  let copy: GoDirectory
  beforeEach(async () => {
    copy = await GoDirectory.copy(version)
  })
  afterEach(() => copy.remove())

  it('gives every block that Go gives, byte for byte', async () => {
    const dagstore = await copy.open()
    const readable = copy.expected.shards.filter(({ acquire }) => acquire.result === 'ok')
    expect(readable.length).toBeGreaterThan(30)
    for (const shard of readable) {
      const gets = await readAll(dagstore, shard)
      expect([shard.label, gets]).toEqual([shard.label, hashesOf(shard)])
      expect(dagstore.info(shard.key)).toMatchObject({ state: 'Available', readers: 0, error: null })
    }
  })

  it('serves nearly all that Go cannot, and says of the rest why', async () => {
    const dagstore = await copy.open()
    await dagstore.settled()
    for (const shard of copy.expected.shards) {
      if (!dagstore.list().some(({ key }) => key === shard.key)) {
        expect(shard.label).toBe('destroyed')
      } else if (HOPELESS.includes(shard.label)) {
        await expect(dagstore.acquire(shard.key)).rejects.toBeInstanceOf(EngineError)
        expect(dagstore.info(shard.key).error).toEqual(expect.stringMatching(/./))
      } else {
        const payload = GoDirectory.payloadOf(shard.label)
        const accessor = await dagstore.acquire(shard.key)
        const sections = payload?.sections ?? []
        for (const { cid, sha256 } of shard.label === 'available-cut-body' ? sections.slice(0, -1) : sections) {
          const bytes = await accessor.blockstore.get(CID.parse(cid))
          expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
        }
        await accessor.close()
      }
    }
  })

  it('lists rows that are no records with the reason, and leaves them as they are', async () => {
    const rowsBefore = await damagedRows(copy)
    const dagstore = await copy.open()
    await dagstore.settled()
    for (const shard of copy.expected.shards.filter(({ label }) => UNREADABLE.includes(label))) {
      expect(dagstore.list({ failed: true }).find(({ key }) => key === shard.key)?.error).toMatch(/\.$/)
      await expect(dagstore.acquire(shard.key)).rejects.toMatchObject({ code: 'MOUNT_INVALID' })
    }
    await dagstore.gc()
    await copy.close()
    expect(await damagedRows(copy)).toEqual(rowsBefore)
  })

  it('finds every block of every shard that has an index, and only there', async () => {
    const dagstore = await copy.open()
    await dagstore.settled()
    const holders = new Map<string, string[]>()
    for (const { label, key } of copy.expected.shards) {
      if (!dagstore.has(key) || dagstore.info(key).state !== 'Available') continue
      for (const { multihash } of GoDirectory.payloadOf(label)?.sections ?? []) {
        const keys = holders.get(multihash) ?? []
        holders.set(multihash, keys.includes(key) ? keys : [...keys, key])
      }
    }
    expect(holders.size).toBeGreaterThan(400)
    for (const [multihash, keys] of holders) {
      const found = await dagstore.lookup(Buffer.from(multihash, 'hex'))
      expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(keys.sort()))
      expect(found.every(({ key }) => keys.includes(key) || dagstore.info(key).state !== 'Available')).toBe(true)
    }
  })

  it('never deletes a file that a record names, nor one that it did not make', async () => {
    const staged = readdirSync(join(copy.directory, '..', 'deal-staging'))
    const dagstore = await copy.open()
    await dagstore.settled()
    await dagstore.gc()
    const transients = readdirSync(join(copy.directory, 'transients'))
    expect(readdirSync(join(copy.directory, '..', 'deal-staging'))).toEqual(staged)
    expect(transients).toContain('given-available-existing-inside.car')
    expect(transients).toContain('stray.tmp')
    const ofUnreadable = transients.filter((name) => name.includes('e75psugkky'))
    expect(ofUnreadable).toHaveLength(1) // belongs to the record of unknown scheme
  })

  it('is read the same after Carport has worked on it and was closed', async () => {
    const first = await copy.open()
    await first.settled()
    await copy.close()
    const dagstore = await copy.open()
    for (const shard of copy.expected.shards) {
      if (HOPELESS.includes(shard.label) || !dagstore.has(shard.key)) continue
      const gets = await readAll(dagstore, shard)
      const expected = hashesOf(shard)
      expect([shard.label, gets]).toEqual([shard.label, expected])
    }
  })
})

it('does not take over an index that does not know hash functions when a shard is registered anew', async () => {
  const copy = await GoDirectory.copy('v0.7.0')
  try {
    const shard = copy.expected.shards.find(({ label }) => label === 'carv2-0400')
    const [section] = GoDirectory.payloadOf('carv2-0400')?.sections ?? []
    const key = shard?.key ?? ''
    const dagstore = await copy.open()
    await dagstore.settled()
    const byDigest = await dagstore.lookup(Buffer.from(section?.multihash ?? '', 'hex'))
    expect([(await dagstore.detail(key)).indexCodec, byDigest.map((found) => found.key)]).toEqual([
      'car-index-sorted',
      expect.arrayContaining([key]),
    ])
    await dagstore.destroy(key)
    await dagstore.registerPiece(key)
    expect(await dagstore.detail(key)).toMatchObject({ indexCodec: 'car-multihash-index-sorted', blockCount: 11 })
    expect(await dagstore.lookup(Buffer.from(section?.multihash ?? '', 'hex'))).toEqual(byDigest)
  } finally {
    await copy.remove()
  }
})

it('writes the same index files as Go v0.7.0', async () => {
  const copy = await GoDirectory.copy('v0.7.0')
  try {
    const dagstore = await copy.open()
    await dagstore.settled()
    let compared = 0
    for (const { label, key, index } of copy.expected.shards) {
      const isGenerated = index.codec === '0x0401' && !label.startsWith('carv2-')
      if (
        !isGenerated ||
        !dagstore.has(key) ||
        HOPELESS.includes(label) ||
        label === 'available-cut-body' ||
        label === 'available-index-cut'
      )
        continue
      const { url } = dagstore.info(key)
      await dagstore.destroy(key)
      expect(existsSync(indexPath(copy, key))).toBe(false)
      if (GoDirectory.payloadOf(label)?.fetchError !== undefined) continue
      await dagstore.register(key, url)
      const sha256 = createHash('sha256')
        .update(readFileSync(indexPath(copy, key)))
        .digest('hex')
      expect([label, sha256]).toEqual([label, index.sha256])
      compared++
    }
    expect(compared).toBeGreaterThan(25)
  } finally {
    await copy.remove()
  }
})

function indexPath(copy: GoDirectory, key: string): string {
  return join(copy.directory, 'index', `${key}.full.idx`)
}

async function damagedRows(copy: GoDirectory): Promise<string[]> {
  const store = await copy.store()
  const rows: string[] = []
  for (const { label, key } of copy.expected.shards) {
    if (!UNREADABLE.includes(label)) continue
    const value = await store.get(Buffer.from(`/dagstore/${key}`))
    rows.push(value === undefined ? '' : Buffer.from(value).toString())
  }
  await store.close()
  return rows
}

import { writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeTestIndex } from '../test-kit/test-indexes.ts'
import type { IndexRepo } from './index-repo.ts'

export interface OpenRepo {
  repo: IndexRepo
  remove(): Promise<void>
}

export function putBytes(repo: IndexRepo, key: string, content: Uint8Array): Promise<unknown> {
  return repo.put(key, async (path) => {
    await writeFile(path, content)
    return { content }
  })
}

/** What every adapter of the port IndexRepo must do. */
export function indexRepoConformance(name: string, open: () => Promise<OpenRepo>): void {
  describe(`an index repository in ${name}`, () => {
    const [first, second] = [Buffer.from('1220'.padEnd(68, 'a'), 'hex'), Buffer.from('1220'.padEnd(68, 'b'), 'hex')]
    const one = encodeTestIndex([first])
    const two = encodeTestIndex([first, second])
    let opened: OpenRepo
    beforeEach(async () => {
      opened = await open()
      await opened.repo.open()
    })
    afterEach(() => opened.remove())

    it('has nothing at first', async () => {
      const { repo } = opened
      expect([await repo.stat('a'), await repo.fingerprint('a'), [...(await repo.open())]]).toEqual([null, null, []])
      await expect(repo.get('a')).rejects.toMatchObject({ code: 'INDEX_MISSING' })
      expect(await repo.delete('a')).toBe(0)
    })

    it('gives what was put, replaces it, and deletes it', async () => {
      const { repo } = opened
      await putBytes(repo, 'a', one)
      const fingerprint = await repo.fingerprint('a')
      await putBytes(repo, 'b', one)
      expect(await repo.fingerprint('b')).toBe(fingerprint)
      await putBytes(repo, 'a', two)
      expect(await repo.fingerprint('a')).not.toBe(fingerprint)
      expect((await repo.stat('a'))?.sizeBytes).toBe(two.length)
      expect([...(await repo.open())].sort()).toEqual(['a', 'b'])
      const index = await repo.get('a')
      expect([index.recordCount, await index.find(second)]).toEqual([2, [159]])
      await index.close()
      expect([await repo.delete('a'), [...(await repo.open())]]).toEqual([two.length, ['b']])
    })

    it('says of a damaged one that it is damaged', async () => {
      const { repo } = opened
      for (const damaged of [new Uint8Array(0), one.subarray(0, 30), Buffer.from('no index at all')]) {
        await putBytes(repo, 'a', damaged)
        expect(await repo.stat('a')).toMatchObject({ sizeBytes: damaged.length })
        await expect(repo.get('a')).rejects.toMatchObject({ code: 'INDEX_INVALID' })
      }
    })

    it('looks at many at once, and says of each how long it is or what is wrong with it', async () => {
      const { repo } = opened
      await putBytes(repo, 'good', one)
      await putBytes(repo, 'cut', one.subarray(0, 30))
      const checks = await repo.check(['good', 'cut', 'absent'])
      expect(checks).toMatchObject([
        { key: 'good', byteLength: one.length },
        { key: 'cut', error: { code: 'INDEX_INVALID' } },
        { key: 'absent', error: { code: 'INDEX_MISSING' } },
      ])
    })

    it('keeps what was there when writing fails', async () => {
      const { repo } = opened
      await putBytes(repo, 'a', one)
      await expect(repo.put('a', () => Promise.reject(new RangeError('no')))).rejects.toBeInstanceOf(RangeError)
      expect((await repo.get('a')).recordCount).toBe(1)
    })

    it('takes keys that are no file names, and keeps them apart', async () => {
      const { repo } = opened
      const keys = [
        'movies/2021',
        'movies%2F2021',
        '..',
        'a:b*?',
        'ключ',
        `${'x'.repeat(1000)}1`,
        `${'x'.repeat(1000)}2`,
      ]
      for (const [i, key] of keys.entries())
        await putBytes(repo, key, encodeTestIndex(Array.from({ length: i }, () => first)))
      for (const [i, key] of keys.entries()) expect((await repo.get(key)).recordCount).toBe(i)
    })
  })
}

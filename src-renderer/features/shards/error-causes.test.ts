import { describe, expect, it } from 'vitest'
import type { ShardView } from '../../../src-shared/contract/index.ts'
import { generalWords } from '../../../src-shared/errors/index.ts'
import { groupByCause, mountedFile, settingsFor } from './error-causes.ts'

const errored = (key: string, error: string | null): ShardView => ({
  key,
  state: 'Errored',
  error,
  url: `lotus://${key}`,
  lazy: true,
  transientPath: null,
  sizeBytes: null,
  indexBytes: null,
  readers: 0,
})

describe('errors by cause', () => {
  it('puts the same reason into one group, whichever shard, path or number it names', () => {
    const groups = groupByCause([
      errored('a', 'No source has piece baga6ea4seaqaaaaaaaaaaaa.'),
      errored('b', 'open /data/unsealed/s-t01000-7: no such file or directory'),
      errored('c', 'The shard c has no index: /data/index/c.full.idx does not exist.'),
      errored('d', 'http://10.0.0.4:7777/piece/baga answers 503: it cannot serve now.'),
    ])
    expect(groups.map(({ id, shards }) => [id, shards.length])).toEqual([
      ['missing', 2],
      ['index', 1],
      ['unreachable', 1],
    ])
  })

  it.each([
    ['The CAR header cannot be understood: expected start of map.', 'malformed'],
    ['The CARv2 header is damaged: invalid data offset: 3.', 'malformed'],
    ['The CAR is cut: the section at byte 59 says it has 400 bytes, but only 12 bytes are left.', 'malformed'],
    ['/p/baga.car has 512 bytes, but piece baga6ea4seaqaaaaaaaaaaaa had 1024 when it was added.', 'malformed'],
    ['unexpected EOF', 'malformed'],
    ['The CAR has become shorter while it was read.', 'changed'],
    ['/p/a.car changed while it was copied.', 'changed'],
    ['The index of shard baga6ea4seaqaaaaaaaaaaaa is missing.', 'index'],
    ['The index of shard a does not fit its data: where it says block b is, there is another.', 'index'],
    ['The shard a has no index: /x/index/a.full.idx does not exist.', 'index'],
    ['Piece baga6ea4seaqaaaaaaaaaaaa is here in a sealed sector only: unseal it, or add an unsealed copy.', 'sealed'],
    [
      '/s/unsealed/s-t01000-1 is not a whole unsealed sector: it is too short. The piece lies in it: mend that, and try again.',
      'sealed',
    ],
    [
      '/s/unsealed/s-t01000-1 may not be read or written by this user. The piece lies in it: mend that, and try again.',
      'permission',
    ],
    [
      'No file of sector 9 can be found, and the storage path /mnt/x cannot be reached: attach its disk, or take it out of storage.json and the setting Pieces.LotusStoragePaths.',
      'unreachable',
    ],
    ['There is not enough space for transients: 5 bytes are needed, and 9 of 10 are taken.', 'no-space'],
    ['ENOSPC: no space left on device, write', 'no-space'],
    ['http://127.0.0.1:9/a.car no longer exists.', 'missing'],
    ['No source has piece baga6ea4seaqaaaaaaaaaaaa.', 'missing'],
    ['http://127.0.0.1:9/a.car answers 503: it cannot serve now.', 'unreachable'],
    ['http://127.0.0.1:9/a.car ended after 12 of 400 bytes.', 'unreachable'],
    ['http://127.0.0.1:9/a.car cannot be read: connect ECONNREFUSED 127.0.0.1:9.', 'unreachable'],
    ['http://127.0.0.1:9/a.car may not be read without permission (403).', 'permission'],
    ['http://127.0.0.1:9/a.car has 9 bytes, more than the 5 that HttpMounts.MaxSize allows.', 'limit'],
    ['ftp://a cannot be mounted: it is not an address on the web.', 'mount'],
    ['/data/car is a folder.', 'mount'],
    ['Mounts of the scheme ftp are not registered.', 'mount'],
    ['failed to recover index for shard a: open /d/index/a.full.idx: no such file or directory', 'index'],
    ['failed to add index for shard: open /d/index/movies/2021.full.idx: no such file or directory', 'index'],
    ['failed to read/generate CAR Index: unknwon index codec: Code(1025)', 'index'],
    ['mount fetch failed: failed to fetch unsealed piece a: piece is locked by another process', 'busy'],
    ['mount fetch failed: failed to fetch unsealed piece a: no storage deals found for piece', 'missing'],
    [
      'failed to fetch unsealed piece a: failed to unseal deal 7: sector & replica are gone storage: no such sector',
      'missing',
    ],
    ['failed to fetch unsealed piece a: failed to unseal deal 7: context canceled', 'sealed'],
    ['The record of baga6ea4seaqaaaaaaaaaaaa cannot be read: it is not JSON.', 'record'],
    ['The row /a holds a record of /b, which has a row of its own.', 'record'],
    ['Its record has a state that does not exist, 201.', 'state'],
  ])('knows what the engine and Go say: %s', (error, id) => {
    expect(groupByCause([errored('a', error)])[0]?.id).toBe(id)
  })

  it('offers what helps where the piece is: sources for pieces, the file for a file', () => {
    const gone = 'It does not exist.'
    const file = { ...errored('f', gone), url: 'file:///data/a%20b.car' }
    expect(groupByCause([errored('a', gone)])[0]?.fixes).toEqual(['sources', 'recover', 'destroy'])
    expect(groupByCause([file])[0]?.fixes).toEqual(['recover', 'destroy'])
    expect(groupByCause([file, errored('a', gone)])[0]?.fixes).toEqual(['sources', 'recover', 'destroy'])
    expect(mountedFile(file)).toBe('/data/a b.car')
    expect(mountedFile({ ...file, url: 'file:///C:/data/a.car' })).toBe('C:/data/a.car')
    expect(mountedFile(errored('a', gone))).toBeNull()
  })

  it('shows what is served in part, which has not failed', () => {
    const error = 'The CAR of shard a was cut: 5 of the 9 bytes that were indexed are left.'
    for (const state of ['Available', 'Serving'] as const)
      expect(groupByCause([{ ...errored('a', error), state }])[0]?.fixes).toEqual(['verify', 'destroy'])
    expect(groupByCause([{ ...errored('a', error), state: 'Recovering' }])).toEqual([])
  })

  it('groups what it does not know by its words', () => {
    const groups = groupByCause([
      errored('a', 'gremlins ate 12 blocks of bafybeie5nqv6kd3qnfjupgvz34woh3oksc3'),
      errored('b', 'gremlins ate 9,000 blocks of bafybeiaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
    ])
    expect(groups).toHaveLength(1)
    expect(groups[0]?.title).toBe('gremlins ate … blocks of …')
  })

  it('ignores shards that are fine, and survives one without words', () => {
    expect(groupByCause([{ ...errored('a', null), state: 'Available' }])).toEqual([])
    expect(groupByCause([errored('a', null)])[0]?.title).toContain('without a message')
  })

  it('keeps the sentence readable when names are taken out', () => {
    expect(generalWords('cannot open "/a/b c": EIO')).toBe('cannot open "… c": EIO')
  })
})

describe('the settings that a cause is about', () => {
  it('are those that the error names, else those of where the bytes come from', () => {
    const url = 'lotus://baga6ea4seaq'
    expect(settingsFor({ error: 'No source has piece baga6ea4seaq.', url })).toBe('Pieces')
    expect(settingsFor({ error: 'It does not answer.', url: 'https://a.example/b.car' })).toBe('HttpMounts')
    expect(settingsFor({ error: 'It has 9 bytes, more than the 8 that HttpMounts.MaxSize allows.', url })).toBe(
      'HttpMounts.MaxSize',
    )
  })
})

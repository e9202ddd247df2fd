import { describe, expect, it } from 'vitest'
import type { ShardView } from '../../../src-shared/contract/index.ts'
import { generalWords } from '../../../src-shared/errors/index.ts'
import { groupByCause } from './error-causes.ts'

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

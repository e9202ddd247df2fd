import { describe, expect, it } from 'vitest'
import { hrefOf, parsePlace } from './navigation.ts'

describe('places in the window', () => {
  it('survive the address bar, whatever a shard is called', () => {
    const id = 'lotus/a b?#%/ü'
    expect(parsePlace(hrefOf('shards', id, 'browse'))).toEqual({ section: 'shards', id, part: 'browse', at: null })
    expect(parsePlace(hrefOf('imports'))).toEqual({ section: 'imports', id: null, part: null, at: null })
    expect(parsePlace(hrefOf('shards', id, 'browse', 'bafy'))).toMatchObject({ part: 'browse', at: 'bafy' })
  })

  it('fall back to the overview', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/1']) expect(parsePlace(hash).section).toBe('overview')
    expect(parsePlace('#/deals/%E0%A4%A').id).toBe('%E0%A4%A')
  })
})

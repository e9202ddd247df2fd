import { describe, expect, it } from 'vitest'
import { titleOf } from './setting-words.ts'

describe('the name of a setting', () => {
  it('reads as words, and keeps abbreviations', () => {
    expect(titleOf('DAGStore.MaxConcurrentReadyFetches')).toBe('Max concurrent ready fetches')
    expect(titleOf('DAGStore.GCInterval')).toBe('GC interval')
    expect(titleOf('Log.Level')).toBe('Level')
    expect(titleOf('API.ListenAddress')).toBe('Listen address')
  })
})

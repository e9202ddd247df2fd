import { describe, expect, it } from 'vitest'
import type { SettingView } from '../../../src-shared/contract/index.ts'
import { settingsAt, titleOf } from './setting-words.ts'

describe('the name of a setting', () => {
  it('reads as words, and keeps abbreviations', () => {
    expect(titleOf('DAGStore.MaxConcurrentReadyFetches')).toBe('Max concurrent ready fetches')
    expect(titleOf('DAGStore.GCInterval')).toBe('GC interval')
    expect(titleOf('Log.Level')).toBe('Level')
    expect(titleOf('API.ListenAddress')).toBe('Listen address')
  })
})

describe('a place in the settings', () => {
  const settings = ['Pieces.HttpServers', 'Pieces.LotusStoragePaths', 'Log.Level'].map(
    (key) => ({ key }) as SettingView,
  )

  it('is a key, or a section with all of its keys', () => {
    expect(settingsAt('Log.Level', settings)).toEqual(['Log.Level'])
    expect(settingsAt('Pieces', settings)).toEqual(['Pieces.HttpServers', 'Pieces.LotusStoragePaths'])
    expect(settingsAt(null, settings)).toEqual([])
    expect(settingsAt('Piece', settings)).toEqual([])
  })
})

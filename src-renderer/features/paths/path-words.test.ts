import { expect, it, describe as suite } from 'vitest'
import { describe, describeAll, type PathDescription } from './path-words.ts'

const path = (kind: PathDescription['kind'], sizeBytes = 0, fileCount = 1): PathDescription => ({
  path: '/x',
  kind,
  sizeBytes,
  fileCount,
  message: kind === 'missing' ? '/x is not there.' : null,
})

suite('what a drop would be', () => {
  it('is said of one thing', () => {
    expect(describe(path('directory', 4.2 * 2 ** 30, 10_212))).toBe('A folder: 10,212 files, 4.2 GiB')
    expect(describe(path('car', 1024))).toBe('A CAR of 1 KiB')
    expect(describe(path('missing'))).toBe('/x is not there.')
  })

  it('adds up several things and leaves out what cannot be read', () => {
    expect(describeAll([path('file', 1024), path('car', 1024), path('directory', 2048, 3), path('missing')])).toBe(
      '2 files and 1 folder, 4 KiB',
    )
    expect(describeAll([path('file', 1024), path('missing')])).toBe('A file of 1 KiB')
  })
})

import { describe, expect, it } from 'vitest'
import type { PathDescription } from '../features/paths/index.ts'
import { hoverWords, planDrop } from './drop-plan.ts'

const at = (path: string, kind: PathDescription['kind'], sizeBytes = 1024, fileCount = 1): PathDescription => ({
  path,
  kind,
  sizeBytes,
  fileCount,
  message: kind === 'missing' ? `${path} is not there.` : null,
})

describe('a drop', () => {
  it('imports files and folders at once, wherever they land, and says that originals stay', () => {
    const plan = planDrop('shards', [at('/a', 'file'), at('/b', 'directory', 2048, 10_212)])
    expect(plan).toEqual({
      action: 'import',
      paths: ['/a', '/b'],
      words: '1 file and 1 folder, 3 KiB, linked: the originals stay where they are',
    })
  })

  it('verifies on Inspect, adds on Pieces, and asks elsewhere when it is a CAR', () => {
    const car = [at('/x.car', 'car')]
    expect(planDrop('inspect', car).action).toBe('verify')
    expect(planDrop('pieces', car).action).toBe('add-piece')
    expect(planDrop('overview', car).action).toBe('choose')
    expect(planDrop('overview', [...car, at('/a', 'file')]).action).toBe('choose')
  })

  it('verifies even what is not recognised as a CAR: that may be the question', () => {
    expect(planDrop('inspect', [at('/broken.car', 'file')]).action).toBe('verify')
  })

  it('leaves out what cannot be read, and says why when nothing is left', () => {
    expect(planDrop('imports', [at('/gone', 'missing'), at('/a', 'file')]).paths).toEqual(['/a'])
    expect(planDrop('imports', [at('/gone', 'missing')])).toEqual({
      action: 'none',
      paths: [],
      words: '/gone is not there.',
    })
  })
})

describe('the words while dragging', () => {
  it('say that a browser has to copy', () => {
    expect(hoverWords('imports', 3, false).title).toBe('Drop to upload 3 items')
    expect(hoverWords('imports', 3, true).detail).toContain('originals stay')
  })
})

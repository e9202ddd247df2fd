import { describe, expect, it } from 'vitest'
import { choose, extendTo, NOTHING_CHOSEN, prune, tickTo, toggle } from './selection.ts'

const ORDER = ['a', 'b', 'c', 'd']
const list = ({ chosen }: { chosen: ReadonlySet<string> }) => [...chosen].sort().join('')

describe('choosing rows', () => {
  it('adds and takes away one by one', () => {
    const two = toggle(toggle(NOTHING_CHOSEN, 'a'), 'c')
    expect(list(two)).toBe('ac')
    expect(list(toggle(two, 'a'))).toBe('c')
  })

  it('takes a range from the anchor in either direction, and again from the same anchor', () => {
    const down = extendTo(choose('b'), 'd', ORDER)
    expect(list(down)).toBe('bcd')
    expect(list(extendTo(down, 'a', ORDER))).toBe('ab')
  })

  it('ticks up to a check box, and keeps what was ticked elsewhere', () => {
    const two = toggle(choose('a'), 'd')
    expect(list(tickTo(choose('b'), 'd', ORDER))).toBe('bcd')
    expect(list(tickTo(toggle(choose('d'), 'a'), 'b', ORDER))).toBe('abd')
    expect(list(tickTo({ ...two, anchor: null }, 'b', ORDER))).toBe('abd')
  })

  it('begins anew where the anchor is not on screen', () => {
    expect(list(extendTo(choose('gone'), 'c', ORDER))).toBe('c')
  })

  it('survives a refresh, without what no longer exists', () => {
    const chosen = extendTo(choose('a'), 'c', ORDER)
    expect(prune(chosen, () => true)).toBe(chosen)
    expect(list(prune(chosen, (id) => id !== 'b'))).toBe('ac')
  })
})

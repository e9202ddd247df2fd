import { describe, expect, it } from 'vitest'
import { styleFor, styleState } from './style.ts'

const terminal = { isTTY: true } as NodeJS.WriteStream
const ESCAPE = String.fromCharCode(27)

describe('the state of a shard on a terminal', () => {
  it.each([
    ['Available', 32],
    ['Serving', 34],
    ['Errored', 31],
    ['New', 33],
    ['Initializing', 36],
    ['Recovering', 36],
  ])('%s has the colour of lotus-miner, and its word', (state, colour) => {
    expect(styleState(styleFor(terminal, {}), state)).toBe(`${ESCAPE}[${colour}m${state}${ESCAPE}[39m`)
  })

  it('is the word alone where colour is not wanted', () => {
    expect(styleState(styleFor(terminal, { NO_COLOR: '1' }), 'Serving')).toBe('Serving')
  })
})

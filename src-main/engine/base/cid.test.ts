import { describe, expect, it } from 'vitest'
import { parseCid } from './index.ts'

const KNOWN = 'bafy2bzacebohz654namrgmwjjx4qmtwgxixsd7pn4tlanyrc3g3hwj75hlxrw'

describe('parseCid', () => {
  it('takes CIDs of every form', () => {
    expect(parseCid(KNOWN).toString()).toBe(KNOWN)
    expect(parseCid(` ${KNOWN}\n`).toString()).toBe(KNOWN)
    expect(parseCid('QmazwWa2vNLpy6WDBMjx7neWMbmn2oi9LQzCjan4kcGjBX').version).toBe(0)
    expect(parseCid('bafkqaaa').multihash.size).toBe(0)
  })

  it('drops bits that stand for no byte, and shows the CID in its usual text', () => {
    expect(parseCid(`${KNOWN.slice(0, -1)}x`).toString()).toBe(KNOWN)
    const raw = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'
    expect(parseCid(`${raw.slice(0, -1)}5`).toString()).toBe(raw)
  })

  it.each([
    '',
    'b',
    'not a CID',
    KNOWN.slice(0, -1),
    KNOWN.slice(0, -2),
    `${KNOWN}a`,
    `${KNOWN.slice(0, -1)}1`,
    KNOWN.replace('bafy', 'bbfy'),
  ])('refuses "%s"', (text) => {
    expect(() => parseCid(text)).toThrow(expect.objectContaining({ code: 'INVALID_CID' }))
  })
})

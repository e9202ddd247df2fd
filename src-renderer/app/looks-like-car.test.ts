import { describe, expect, it } from 'vitest'
import { looksLikeCar } from './looks-like-car.ts'

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const file = (name: string, hex: string) => new File([bytesOf(hex)], name)

describe('a dropped file', () => {
  it.each([
    ['a.CAR', ''],
    ['v1', '3aa265726f6f747381d82a'],
    ['no roots', '11a265726f6f7473f66776657273696f6e01'],
    ['many roots', '8904a265726f6f747398'],
    ['v2', '0aa16776657273696f6e02'],
  ])('is a CAR: %s', async (name, hex) => {
    expect(await looksLikeCar(file(name, hex))).toBe(true)
  })

  it.each([
    ['empty', ''],
    ['text', '6361727065742c20726f6f74732c2076657273696f6e'],
    ['cbor', 'a265726f6f7473'],
  ])('is none: %s', async (name, hex) => {
    expect(await looksLikeCar(file(name, hex))).toBe(false)
  })
})

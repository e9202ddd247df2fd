/** Carport reads with a selector the blocks that go-ipld-prime reads, in the same order. Needs Go. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inlineTaskRunner } from '../base/index.ts'
import { CarFileWriter } from '../car/index.ts'
import { createCar, getDag } from '../car-tools/index.ts'
import { rawBlock, type TestBlock } from '../testing/blocks.ts'
import { buildGoCarOracle, GoCarOracle } from '../testing/go-car-oracle.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { parseSelector } from './index.ts'

const program = await buildGoCarOracle()
const at = temporaryFolder('selector')

/** A selector of any shape; `@` only where an `R` is around it. */
function selectors(depth: number, inRecursion: boolean): fc.Arbitrary<unknown> {
  const leaf = inRecursion ? fc.constantFrom({ '.': {} }, { '@': {} }) : fc.constant({ '.': {} })
  if (depth === 0) return leaf
  const next = selectors(depth - 1, inRecursion)
  const sequence = selectors(depth - 1, true).map((value) => ({ '|': [value, { a: { '>': { '@': {} } } }] }))
  const limit = fc.oneof(
    fc.constant({ none: {} }),
    fc.integer({ min: 1, max: 5 }).map((steps) => ({ depth: steps })),
  )
  return fc.oneof(
    leaf,
    next.map((value) => ({ a: { '>': value } })),
    fc
      .dictionary(fc.constantFrom('a', 'b', '1', 'Links', 'Hash'), next, { minKeys: 1, maxKeys: 3 })
      .map((fields) => ({ f: { 'f>': fields } })),
    fc.tuple(fc.integer({ min: 0, max: 3 }), next).map(([i, value]) => ({ i: { i, '>': value } })),
    fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3 }), next)
      .map(([start, length, value]) => ({ r: { '^': start, $: start + length, '>': value } })),
    fc.array(next, { minLength: 1, maxLength: 3 }).map((members) => ({ '|': members })),
    fc.tuple(limit, sequence).map(([l, value]) => ({ R: { l, ':>': value } })),
  )
}

/** Blocks of dag-cbor whose maps and lists link to some of those before them; the last is the top. */
const dags = fc.array(
  fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'list'), fc.nat()), { minLength: 1, maxLength: 5 }),
  { minLength: 2, maxLength: 9 },
)

async function blocksOf(shape: Array<Array<[string, number]>>): Promise<TestBlock[]> {
  const blocks: TestBlock[] = [await rawBlock('leaf'), await rawBlock('other leaf')]
  for (const [i, fields] of shape.entries()) {
    const value: Record<string, unknown> = { i, list: [] as unknown[] }
    for (const [name, to] of fields) {
      const link = (blocks[to % blocks.length] as TestBlock).cid
      if (name === 'list') (value.list as unknown[]).push(link, { b: link })
      else value[name] = link
    }
    const bytes = dagCbor.encode(value)
    blocks.push({ cid: CID.createV1(dagCbor.code, (await rawBlock(bytes)).cid.multihash), bytes })
  }
  return blocks
}

describe.skipIf(program === null)('beside go-ipld-prime at work', () => {
  let oracle: GoCarOracle
  beforeAll(() => {
    oracle = new GoCarOracle(program as string)
  })
  afterAll(() => {
    oracle.close()
  })

  /** How many blocks both read; null where go-ipld-prime panics, which is nothing to compare with. */
  async function expectSame(car: string, root: CID, selector: unknown): Promise<number | null> {
    const text = JSON.stringify(selector)
    const theirs = at(`theirs-${Math.random()}.car`)
    const answer = await oracle.ask({ op: 'select', path: at(car), out: theirs, roots: [String(root)], selector: text })
    if (answer.error?.startsWith('panic: ')) return null
    expect(answer.error, text).toBeUndefined()
    const options = { version: 2, strict: false, selector: parseSelector(text) } as const
    const { blockCount } = await getDag(at(car), root, at('ours.car'), options)
    expect(Buffer.compare(await readFile(at('ours.car')), await readFile(theirs)), text).toBe(0)
    return blockCount
  }

  it('reads the same blocks of random DAGs with random selectors', { timeout: 120_000 }, async () => {
    let round = 0
    let compared = 0
    await fc.assert(
      fc.asyncProperty(dags, selectors(4, false), async (shape, selector) => {
        const blocks = await blocksOf(shape)
        const top = (blocks.at(-1) as TestBlock).cid
        const car = `${round++}.car`
        const writer = await CarFileWriter.create(at(car), { version: 2, roots: [top] })
        const all = new Map(blocks.map((block) => [block.cid.toString(), block]))
        // One is missing now and then.
        for (const [i, { cid, bytes }] of [...all.values()].entries())
          if (i !== round % 12) await writer.put(cid, bytes)
        await writer.finish()
        if (all.size - 1 !== round % 12 && (await expectSame(car, top, selector)) !== null) compared++
      }),
      { numRuns: 200, seed: 2011 },
    )
    expect(compared).toBeGreaterThan(100)
  })

  it('reads folders, HAMT folders and ranges of files alike', { timeout: 120_000 }, async () => {
    await mkdir(at('in/many'), { recursive: true })
    await writeFile(
      at('in/film'),
      Buffer.alloc(1_000_000, 7).map((_, i) => Math.imul(i >>> 6, 2654435761) >>> 24),
    )
    for (let i = 0; i < 2400; i++) await writeFile(at(`in/many/${String(i).padStart(90, 'name-of-a-file-')}`), `${i}`)
    const { root } = await createCar([at('in')], at('files.car'), inlineTaskRunner, { wrap: false, version: 2 })
    const unixfs = (next: unknown) => ({ '~': { as: 'unixfs', '>': next } })
    const field = (name: string, next: unknown) => unixfs({ f: { 'f>': { [name]: next } } })
    const matched = unixfs({ '.': {} })
    const everything = { R: { l: { none: {} }, ':>': { '|': [{ '.': {} }, { a: { '>': { '@': {} } } }] } } }
    expect(await expectSame('files.car', root, field('film', matched))).toBe(1 + 1 + 4)
    const range = unixfs({ '.': { subset: { '[': 300_000, ']': 500_000 } } })
    expect(await expectSame('files.car', root, field('film', range))).toBe(1 + 1 + 1)
    const one = field('many', field(String(1234).padStart(90, 'name-of-a-file-'), matched))
    expect(await expectSame('files.car', root, one)).toBeGreaterThan(3)
    expect(await expectSame('files.car', root, field('many', unixfs({ a: { '>': { '.': {} } } })))).toBeGreaterThan(
      2400,
    )
    expect(await expectSame('files.car', root, everything)).toBeGreaterThan(2400)
    expect(await expectSame('files.car', root, field('none', matched))).toBe(1)
  })
})

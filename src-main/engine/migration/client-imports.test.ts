import { existsSync } from 'node:fs'
import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LevelStore } from '../store/index.ts'
import { treeOf } from '../testing/lotus-repositories.ts'
import { readExpected } from './test-kit/expected.ts'
import { migrationBench } from './test-kit/migration-bench.ts'

const bench = migrationBench()

const client = readExpected<{
  imports: Array<{ id: string; what: string; class: string; problem: string; labels: Record<string, string> }>
}>('lotus-client/expected.json')

describe('imports of a lotus client repository', () => {
  it('is judged import by import', async () => {
    const lotus = await bench.repositories.client()
    const before = await treeOf(lotus)
    const { imports, deals, shards } = await bench.plan({ lotus })
    expect(imports.map(({ id, verdict }) => [id, verdict])).toEqual(client.imports.map((each) => [each.id, each.class]))
    expect(imports.every(({ verdict, reason }) => (verdict === 'good') === (reason === null))).toBe(true)
    expect([deals, shards]).toEqual([[], []])
    expect(await treeOf(lotus)).toEqual(before)
  })

  it('is taken over although the disk with a source is not connected', async () => {
    const lotus = await bench.repositories.client()
    await rm(join(bench.repositories.root, 'reference-cars'), { recursive: true })
    const { imports, report } = await bench.run({ lotus })
    const away = imports.filter(({ source }) => source.endsWith('ref-payload.bin'))
    expect(away).toHaveLength(2)
    for (const { id, verdict, reason } of away) {
      expect([verdict, reason]).toEqual(['good', expect.stringContaining('connect the disk')])
      expect(report?.imported).toContain(id)
    }
  })

  it('is broken where only the last bytes of its source are others, whatever time the file claims', async () => {
    const lotus = await bench.repositories.client()
    const source = join(bench.repositories.root, 'reference-cars/ref-payload.bin')
    const bytes = await readFile(source)
    const last = (2 << 20) - 1 // what follows is so short that its CIDs hold it
    bytes[last] = (bytes[last] ?? 0) ^ 1
    await writeFile(source, bytes)
    await utimes(source, new Date('2021-01-01'), new Date('2021-01-01')) // before its import
    const { imports } = await bench.plan({ lotus })
    const read = imports.filter((each) => each.source.endsWith('ref-payload.bin'))
    expect(read.map(({ verdict }) => verdict)).toEqual(['broken', 'broken'])
  })

  it('is judged although one key is not a number', async () => {
    const { imports } = await bench.plan({ lotus: join(await bench.repositories.client(), 'unparsable-key') })
    expect(imports.find(({ id }) => id === 'not-a-number')).toMatchObject({
      verdict: 'broken',
      reason: expect.stringContaining('not a number'),
    })
  })

  it('has its good imports taken over, once', async () => {
    const lotus = await bench.repositories.client()
    const good = client.imports.filter((each) => each.class === 'good').map(({ id }) => id)
    const before = await treeOf(lotus)
    const { report } = await bench.run({ lotus })
    expect(report).toMatchObject({ importsFailed: [], registered: [] })
    expect(await treeOf(lotus)).toEqual(before)
    expect(report?.imported.filter((id) => id !== '1')).toEqual(good)
    expect(bench.carport.imports.get('1629936000123456789')).toMatchObject({
      kind: 'linked',
      sizeBytes: 1_300_000,
      carSizeBytes: 635,
      carPath: join(lotus, 'imports/1629936000123456789.car'),
    })
    expect(bench.carport.imports.get('1629936000123456793')?.kind).toBe('car')
    expect(existsSync(bench.carport.marker)).toBe(false)
    expect((await bench.run({ lotus })).report?.imported).toEqual([])
  })

  it('has imports of before there were CARs imported again, if their file is as it was', async () => {
    const lotus = await bench.repositories.client()
    const source = join(lotus, 'sources/report.txt')
    const legacy = async () => {
      const { imports } = await bench.plan({ lotus })
      return imports.filter(({ verdict }) => verdict === 'legacy').map(({ id, action, reason }) => [id, action, reason])
    }
    const why = 'It was made before Lotus v1.11.2 and has no CAR: its blocks lie in a Badger store'
    const gone = '/srv/carport-fixtures/lotus-client/sources/gone.txt is not there any more.'
    const unnamed = 'Lotus did not note a file to import again.'
    expect(await legacy()).toEqual([
      ['1', 'import-again', expect.stringMatching(/report\.txt is as it was, and is imported again\.$/)],
      ['12', 'skip', `${why}, and ${gone}`],
      ...['2', '3', '4'].map((id) => [id, 'skip', `${why}, and ${unnamed}`]),
    ])
    const { report } = await bench.run({ lotus })
    expect(report?.imported).toContain('1')
    const root = client.imports.find(({ id }) => id === '1')?.labels.root
    expect(bench.carport.importedAgain.get('1')).toEqual({ id: '1', root, source })
    expect((await bench.run({ lotus })).report?.imported).toEqual([])

    bench.carport.importedAgain.clear()
    await writeFile(source, 'somebody has written to it since')
    expect((await legacy())[0]).toEqual(['1', 'skip', expect.stringContaining('has changed since: its root would be')])
  })

  it('is found in another place than it was made in', async () => {
    const lotus = await bench.repositories.client()
    const store = await LevelStore.open(join(lotus, 'datastore/metadata'))
    const key = Buffer.from('/client/stores/1629936000123456792')
    const moved = Buffer.from((await store.get(key)) ?? '')
      .toString()
      .replace('/srv/carport-fixtures/lotus-client/imports', '/home/somebody/.lotus/imports')
    await store.put(key, Buffer.from(moved))
    await store.close()
    const { imports } = await bench.plan({ lotus })
    expect(imports.find(({ id }) => id === '1629936000123456792')).toMatchObject({
      verdict: 'good',
      carPath: join(lotus, 'imports/1629936000123456792.car'),
    })
  })
})

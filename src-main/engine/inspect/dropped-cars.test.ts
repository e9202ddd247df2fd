import { existsSync, readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogger, EngineError } from '../base/index.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { DroppedCars } from './index.ts'

const at = temporaryFolder('dropped')

async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

function open(used: string[] = []): DroppedCars {
  return new DroppedCars({ folder: at('dropped'), isUsed: (path) => used.includes(path), log: createLogger(() => {}) })
}

const car = (name: string, ...texts: string[]) => ({ name, sizeBytes: undefined, stream: parts(...texts) })

describe('a dropped CAR', () => {
  it('is a file under its own name until the next one comes, and the engine ends', async () => {
    const dropped = open()
    const { path } = await dropped.receive(car('a.car', 'one', 'two'))
    expect(readFileSync(path, 'utf8')).toBe('onetwo')
    expect(path).toMatch(/a\.car$/)
    const { path: next } = await dropped.receive(car('a.car', 'three'))
    expect(existsSync(dirname(path))).toBe(false)
    await dropped.clear()
    expect(existsSync(dirname(next))).toBe(false)
  })

  it('stays while something refers to it, and what was written beside it stays', async () => {
    const used: string[] = []
    const dropped = open(used)
    const { path } = await dropped.receive(car('a.car', 'one'))
    used.push(path)
    await dropped.clear()
    expect(existsSync(path)).toBe(true)
    used.pop()
    const beside = join(dirname(path), 'a.repaired.car')
    await writeFile(beside, 'repaired')
    await dropped.clear()
    expect([existsSync(path), existsSync(beside)]).toEqual([false, true])
  })

  it('leaves nothing when it does not arrive whole', async () => {
    const broken = async function* () {
      yield Buffer.from('one')
      throw new EngineError('IO_ERROR', 'The upload broke off.')
    }
    const dropped = open()
    const received = dropped.receive({ name: 'a.car', sizeBytes: undefined, stream: broken() })
    await expect(received).rejects.toMatchObject({ code: 'IO_ERROR' })
    expect(await readdir(at('dropped'))).toEqual([])
  })

  it('is refused before its first byte where there is no room, with what to do instead', async () => {
    let read = false
    const stream = (async function* () {
      read = true
      yield Buffer.from('one')
    })()
    const received = open().receive({ name: 'a.car', sizeBytes: 2 ** 52, stream })
    await expect(received).rejects.toMatchObject({ code: 'NO_SPACE', message: expect.stringContaining('car verify') })
    expect(read).toBe(false)
    expect(await readdir(at('dropped'))).toEqual([])
  })
})

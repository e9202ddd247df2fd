import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RotatingFile } from './rotating-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('RotatingFile', () => {
  it('keeps a bounded number of bounded files, the youngest lines in the first', async () => {
    const path = join(folder, 'logs', 'carport.log')
    const file = new RotatingFile(path, { maxBytes: 100, keep: 2 })
    for (let line = 0; line < 50; line++) file.write(`line ${String(line).padStart(2, '0')} ......\n`)
    file.close()
    expect((await readdir(join(folder, 'logs'))).sort()).toEqual(['carport.log', 'carport.log.1', 'carport.log.2'])
    for (const name of await readdir(join(folder, 'logs')))
      expect((await stat(join(folder, 'logs', name))).size).toBeLessThanOrEqual(100)
    expect(await readFile(path, 'utf8')).toContain('line 49')
    expect(await readFile(`${path}.1`, 'utf8')).not.toContain('line 49')
  })

  it('goes on with the file of an earlier run', async () => {
    const path = join(folder, 'carport.log')
    for (const line of ['one\n', 'two\n']) {
      const file = new RotatingFile(path)
      file.write(line)
      file.close()
    }
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
  })

  it('is no failure where nothing can be written', () => {
    expect(() => new RotatingFile('/dev/null/logs/carport.log').write('lost\n')).not.toThrow()
  })
})

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRendererFile } from './renderer-files.ts'

let home: string
let renderer: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'carport-renderer-'))
  renderer = join(home, 'renderer')
  await mkdir(join(renderer, 'assets'), { recursive: true })
  await mkdir(join(home, 'renderer-other'))
  await writeFile(join(renderer, 'index.html'), '<!doctype html>')
  await writeFile(join(renderer, 'assets', 'index-abc.js'), 'run()')
  await writeFile(join(home, 'secret.json'), '{}')
  await writeFile(join(home, 'renderer-other', 'secret.json'), '{}')
  await symlink('/etc', join(renderer, 'etc'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

describe('the files of the window', () => {
  it('are answered with their type and a strict policy', async () => {
    const page = await readRendererFile(renderer, '/')
    expect(page?.headers['Content-Type']).toBe('text/html; charset=utf-8')
    expect(page?.headers['Content-Security-Policy']).toMatch(/default-src 'none'; script-src 'self';/)
    expect(page?.headers['Content-Security-Policy']).not.toMatch(/script-src[^;]*unsafe/)
    expect(page?.headers['Cache-Control']).toBe('no-cache')
    const script = await readRendererFile(renderer, '/assets/index-abc.js')
    expect(script?.headers['Cache-Control']).toMatch(/immutable/)
  })

  it.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/../renderer-other/secret.json',
    '/assets',
    '/assets/../../secret.json',
    '/nothing.js',
    '/index.html%00.js',
    '/%zz',
    '/etc/passwd',
  ])('%s is not one of them', async (pathname) => {
    expect(await readRendererFile(renderer, pathname)).toBeNull()
  })
})

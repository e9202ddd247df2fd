import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testCar } from '../test-kit/test-cars.ts'
import { TestPieces } from '../test-kit/test-pieces.ts'
import { BytesMount } from './bytes-mount.ts'
import { FileMount } from './file-mount.ts'
import { FolderMount } from './folder-mount.ts'
import { LotusMount } from './lotus-mount.ts'
import type { Mount } from './mount.ts'
import { MountRegistry } from './mount-registry.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carport-mounts-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function contentOf(mount: Mount): Promise<string> {
  const reader = await mount.open?.()
  if (reader == null) return 'cannot be opened'
  const bytes = new Uint8Array(reader.size)
  await reader.readAt(bytes, 0)
  await reader.close()
  return Buffer.from(bytes).toString()
}

async function streamOf(mount: Mount, from = 0): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of mount.stream?.(from) ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('the registry', () => {
  it('makes mounts of the URL’s scheme, and knows none twice', () => {
    const file = new FileMount()
    const registry = new MountRegistry().register('file', file)
    expect(registry.fromUrl('FILE:///a').url()).toBe('FILE:///a')
    expect(() => registry.register('file', new BytesMount())).toThrow(/registered already/)
    expect(() => registry.register('other', file)).toThrow(/registered already, as file/)
    for (const url of ['bytes://', 'plain/path', '', ':x'])
      expect(() => registry.fromUrl(url)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
  })

  it('writes down only mounts that it can make again', () => {
    const registry = new MountRegistry().register('file', new FileMount())
    expect(registry.urlOf(new FileMount().ofPath('/a b'))).toBe('file:///a%20b')
    const bytes = new BytesMount().ofBytes(Buffer.from('x'))
    expect(() => registry.urlOf(bytes)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
    const foreign = { access: 'random' as const, url: () => 'file:///a', stat: new FileMount().ofPath('/a').stat }
    expect(() => registry.urlOf(foreign)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
  })
})

describe('file://', () => {
  it.each(['plain.car', 'with space.car', '100%+é&co.car', 'a?b#c.car', 'sub/relative.car'])(
    'reads %s by its URL',
    async (name) => {
      const path = join(directory, name)
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, 'content')
      const mount = new FileMount().fromUrl(pathToFileURL(path).href)
      expect(await contentOf(mount)).toBe('content')
      expect(await mount.stat()).toEqual({ exists: true, sizeBytes: 7, ready: true, path })
    },
  )

  it.each([
    ['file://plain.car', 'plain.car'],
    ['file://with%20space.car', 'with space.car'],
    ['file://100%25+%C3%A9&co.car', '100%+é&co.car'],
    ['file://sub%2Frelative.car', 'sub/relative.car'],
    ['file://c:missing<1>.car', 'c:missing<1>.car'],
  ])('understands %s, as Go’s dagstore writes it, and gives it back unchanged', async (url, name) => {
    const path = join(directory, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, 'content')
    const mount = new FileMount({ baseDirectory: directory }).fromUrl(url)
    expect([await contentOf(mount), mount.url()]).toEqual(['content', url])
  })

  it('understands Go’s form of an absolute path', async () => {
    const path = join(directory, 'absolute.car')
    await writeFile(path, 'content')
    const mount = new FileMount().fromUrl(`file://${encodeURIComponent(path)}`)
    expect(await contentOf(mount)).toBe('content')
  })

  it('says what is wrong with a file that is gone, and with a URL that is none', async () => {
    const mount = new FileMount().ofPath(join(directory, 'gone'))
    expect(await mount.stat()).toMatchObject({ exists: false, sizeBytes: null })
    await expect(contentOf(mount)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    for (const url of ['file://', 'file://a%ff', 'file://a%00b', 'http://a'])
      expect(() => new FileMount().fromUrl(url)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
  })
})

describe('lotus://', () => {
  const car = testCar('a')
  const pieces = new TestPieces().add(car)

  it('is a piece, fetched as often as it is asked for, ready when it is unsealed', async () => {
    const mount = new LotusMount(pieces).fromUrl(`lotus://${car.key}`)
    expect([await contentOf(mount), await contentOf(mount)]).toEqual(
      Array.from({ length: 2 }, () => Buffer.from(car.bytes).toString()),
    )
    expect(await mount.stat()).toEqual({ exists: true, sizeBytes: car.bytes.length, ready: true, path: null })
    pieces.sealed.add(car.key)
    expect(await mount.stat()).toMatchObject({ exists: true, ready: false })
    pieces.sealed.delete(car.key)
    expect(mount.url()).toBe(`lotus://${car.key}`)
    expect(new LotusMount(pieces).ofPiece(car.pieceCid).url()).toBe(`lotus://${car.key}`)
  })

  it('can be streamed from any position, for a copy', async () => {
    const mount = new LotusMount(pieces, { copy: () => true }).fromUrl(`lotus://${car.key}`)
    expect([mount.access, mount.resumable]).toEqual(['sequential', true])
    expect(await streamOf(mount, 10)).toBe(Buffer.from(car.bytes.subarray(10)).toString())
  })

  it('takes nothing but piece CIDs', () => {
    for (const host of ['', 'notacid', car.blocks[0]?.cid.toString() ?? '', `${car.key}a`, car.key.toUpperCase()])
      expect(() => new LotusMount(pieces).fromUrl(`lotus://${host}`)).toThrow(
        expect.objectContaining({ code: 'MOUNT_INVALID' }),
      )
  })
})

describe('bytes:// and fs://', () => {
  it('bytes are in the URL, in Go’s base64 or escaped', async () => {
    const bytes = Buffer.from([0xfb, 0xef, 0xbe, 0xff, 0xff])
    const mounts = new BytesMount()
    for (const url of [mounts.ofBytes(bytes).url(), `bytes://${bytes.toString('base64').replace('/', '%2F')}`]) {
      const reader = await mounts.fromUrl(url).open?.()
      const read = new Uint8Array(5)
      await reader?.readAt(read, 0)
      expect(Buffer.from(read)).toEqual(bytes)
    }
    expect(() => mounts.fromUrl('bytes://***')).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
  })

  it('files of one folder are read from start to end, and none outside of it', async () => {
    await mkdir(join(directory, 'sub'))
    await writeFile(join(directory, 'sub', 'a.car'), 'content')
    const mounts = new FolderMount(directory)
    const mount = mounts.fromUrl('fs://a.car?path=sub%2Fa.car')
    expect([mount.access, await streamOf(mount), await streamOf(mount, 3)]).toEqual(['sequential', 'content', 'tent'])
    expect(mounts.ofPath('sub/a.car').url()).toBe('fs://a.car?path=sub%2Fa.car')
    for (const url of ['fs://irrecoverable', 'fs://a?path=', 'fs://a?path=..%2Fa', 'fs://a?path=%2Fetc%2Fpasswd'])
      expect(() => mounts.fromUrl(url)).toThrow(expect.objectContaining({ code: 'MOUNT_INVALID' }))
  })
})

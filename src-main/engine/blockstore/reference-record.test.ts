import { describe, expect, it } from 'vitest'
import { rawBlock } from '../testing/blocks.ts'
import { encodeReference, fromRecordPath, referenceKeys, toRecordPath } from './reference-record.ts'

const code = (value: string) => expect.objectContaining({ code: value })

describe('a reference record', () => {
  // The first two records of the fixtures, which go-filestore wrote.
  it.each([
    [
      0,
      '0a337372762f636172706f72742d66697874757265732f7265666572656e63652d636172732f7265662d7061796c6f61642e62696e10001880804' +
        '0',
    ],
    [
      1 << 20,
      '0a337372762f636172706f72742d66697874757265732f7265666572656e63652d636172732f7265662d7061796c6f61642e62696e10808040188080' +
        '40',
    ],
  ])('at %i has the bytes of go-filestore', (offset, hex) => {
    const path = 'srv/carport-fixtures/reference-cars/ref-payload.bin'
    expect(Buffer.from(encodeReference(path, offset, 1 << 20)).toString('hex')).toBe(hex)
  })

  it('is stored under the key of the leaf', async () => {
    const leaf = await rawBlock('x', 0xb220)
    const [sha2, identity] = referenceKeys(leaf.cid)
    expect(Buffer.from(identity.multihash.digest).toString()).toMatch(/^\/filestore\/UDSAEI[A-Z2-7]{52}$/)
    expect(sha2.toString()).toMatch(/^bafkrei/)
  })
})

describe('paths in records', () => {
  it.each([
    ['/data/v.mp4', '/', 'data/v.mp4'],
    ['/srv/a/b', '/srv', 'a/b'],
    ['/srv/..name', '/srv', '..name'],
    ['/srv/ümläut/文件', '/srv', 'ümläut/文件'],
  ])('%s in %s is %s', (path, baseDir, record) => {
    expect(toRecordPath(path, baseDir, 'linux')).toBe(record)
    expect(fromRecordPath(record, baseDir, 'linux')).toBe(path)
  })

  it.each([
    ['C:\\data\\v.mp4', '/', 'C:/data/v.mp4'],
    ['\\\\server\\share\\v.mp4', '/', '//server/share/v.mp4'],
    ['C:\\data\\v.mp4', 'C:\\data', 'v.mp4'],
  ])('%s in %s is %s on Windows', (path, baseDir, record) => {
    expect(toRecordPath(path, baseDir, 'win32')).toBe(record)
    expect(fromRecordPath(record, baseDir, 'win32')).toBe(path)
  })

  it.each([
    ['relative/path', '/'],
    ['/other/a', '/srv'],
    ['/srv', '/srv'],
  ])('%s cannot be referenced from %s', (path, baseDir) => {
    expect(() => toRecordPath(path, baseDir, 'linux')).toThrow(code('INVALID_ARGUMENT'))
  })

  it('an address on the net is no local file', () => {
    expect(() => fromRecordPath('https://example.org/a', '/', 'linux')).toThrow(code('UNSUPPORTED'))
  })
})

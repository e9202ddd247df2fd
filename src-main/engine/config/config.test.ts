import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Config } from './index.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'carport-config-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

describe('Config', () => {
  it('writes a file that explains every key and changes none', async () => {
    const config = await Config.load(dataDir)
    const text = await readFile(join(dataDir, 'config.toml'), 'utf8')
    for (const setting of config.show()) {
      expect(text).toContain(setting.description)
      expect(setting.source).toBe('default')
      expect(setting.value).toEqual(setting.default)
    }
    expect((await Config.load(dataDir)).values).toEqual(config.values)
  })

  it('takes the file over the default and the environment over both', async () => {
    await writeFile(join(dataDir, 'config.toml'), '[DAGStore]\nMaxConcurrentIndex = 7\nGCInterval = "1h30m"\n')
    const config = await Config.load(dataDir, { CARPORT_DAGSTORE_MAXCONCURRENTINDEX: '9' })
    expect(config.values.DAGStore.MaxConcurrentIndex).toBe(9)
    expect(config.values.DAGStore.GCInterval).toBe(5_400_000)
    expect(config.get('DAGStore.MaxConcurrentIndex').source).toBe('environment')
    expect(config.get('DAGStore.GCInterval')).toMatchObject({ source: 'file', value: '1h30m' })
  })

  it('sets a live key at once, keeps comments, and survives a restart', async () => {
    await writeFile(join(dataDir, 'config.toml'), '# mine\n[DAGStore]\n# why seven\nMaxConcurrentIndex = 7\n')
    const config = await Config.load(dataDir)
    const changed = config.changes.next()
    await config.set('DAGStore.MaxConcurrentIndex', '3')
    expect(await changed).toBe('DAGStore.MaxConcurrentIndex')
    expect(config.values.DAGStore.MaxConcurrentIndex).toBe(3)
    await config.set('Log.Level', 'debug')
    const text = await readFile(config.path, 'utf8')
    expect(text).toContain('# why seven')
    const again = await Config.load(dataDir)
    expect(again.values.DAGStore.MaxConcurrentIndex).toBe(3)
    expect(again.values.Log.Level).toBe('debug')
  })

  it('shows a key that waits for a restart with its new value, and goes on with the old', async () => {
    const config = await Config.load(dataDir)
    await config.set('Provider.Enabled', 'false')
    expect(config.values.Provider.Enabled).toBe(true)
    expect(config.get('Provider.Enabled')).toMatchObject({ value: false, applies: 'restart' })
  })

  it.each([
    ['[DAGStore]\nMaxConcurrentIndex = -1\n', /MaxConcurrentIndex.*whole number/],
    ['[DAGStore]\nMaxConcurentIndex = 1\n', /unknown key, DAGStore.MaxConcurentIndex/],
    ['[DAGStore]\nGCInterval = "soon"\n', /duration such as/],
    ['[API]\nListenAddress = "nowhere"\n', /HOST:PORT/],
    ['[Log]\nLevel = "loud"\n', /must be one of/],
    ['[DAGStore\n', /not valid TOML/],
  ])('refuses %j with the reason', async (text, reason) => {
    await writeFile(join(dataDir, 'config.toml'), text)
    await expect(Config.load(dataDir)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(reason),
    })
  })
})

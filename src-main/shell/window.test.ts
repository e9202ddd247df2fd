import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { denyPermissions } from './permissions.ts'
import { type BrowserWindow, opened, permissions } from './testing/electron.ts'
import { openWindow } from './window.ts'

let folder: string
let stateFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-window-'))
  stateFile = join(folder, 'desktop', 'window.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = () => openWindow({ preloadPath: '/preload.cjs', stateFile }) as unknown as BrowserWindow

describe('the window', () => {
  it('is sandboxed, with a world of its own for the preload and no Node', () => {
    expect(open().options.webPreferences).toMatchObject({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
  })

  it('cannot be led to another page', () => {
    const { webContents } = open()
    const led = (url: string) => {
      let prevented = false
      webContents.emit('will-navigate', { url, preventDefault: () => (prevented = true) })
      return !prevented
    }
    expect(led('app://carport/#/imports')).toBe(true)
    expect(led('https://example.org/')).toBe(false)
    expect(led('app://carport.example.org/')).toBe(false)
    expect(led('file:///etc/passwd')).toBe(false)
  })

  it("opens no other windows; links open in the user's browser, and only https", () => {
    const { webContents } = open()
    for (const url of ['https://docs.filecoin.io/', 'http://example.org/', 'file:///etc/passwd', 'smb://host/share'])
      expect(webContents.openHandler({ url })).toEqual({ action: 'deny' })
    expect(opened).toEqual(['https://docs.filecoin.io/'])
  })

  it('comes back in the size and at the place where it was closed', () => {
    const first = open()
    first.bounds = { x: 100, y: 50, width: 1000, height: 640 }
    first.maximized = true
    first.emit('close')
    const second = open()
    expect(second.options).toMatchObject({ x: 100, y: 50, width: 1000, height: 640 })
    expect(second.maximized).toBe(true)
  })

  it('is centred where its place is on no screen any more, and where the kept state is broken', async () => {
    const first = open()
    first.bounds = { x: 5000, y: 50, width: 1000, height: 640 }
    first.emit('close')
    expect(open().options).toMatchObject({ width: 1000, height: 640 })
    expect(open().options.x).toBeUndefined()
    await writeFile(stateFile, '{"bounds":{"width":"wide"}}')
    expect(open().options).toMatchObject({ width: 1280, height: 800 })
  })

  it('may copy to the clipboard and nothing else', () => {
    denyPermissions()
    expect(permissions.check?.(null, 'clipboard-sanitized-write')).toBe(true)
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'hid']) {
      expect(permissions.check?.(null, permission)).toBe(false)
      permissions.request?.(null, permission, (allowed) => expect(allowed).toBe(false))
    }
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHROMIUM_FLAGS, findBrowser } from '../../scripts/browser.mjs'
import { Cdp } from './cdp.ts'

/** The headless Chromium that shows the windows; started with the first use, ended with this process. */
let started: Promise<Cdp> | null = null
let process_: ChildProcess | null = null
let profile: string | null = null

export function chromium(): Promise<Cdp> {
  started ??= start()
  return started
}

export function stopChromium(): void {
  process_?.kill('SIGKILL')
  process_ = null
  if (profile !== null) rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  profile = null
}

// A crash of the main process must not leave a browser behind.
process.on('exit', stopChromium)

async function start(): Promise<Cdp> {
  const executable = findBrowser()
  if (executable === null) throw new Error('Neither Chromium nor Chrome is installed.')
  profile = mkdtempSync(join(tmpdir(), 'carport-stand-in-'))
  const flags = [
    ...CHROMIUM_FLAGS,
    '--headless',
    '--no-startup-window',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(executable, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  process_ = child
  child.on('exit', () => {
    // Nothing can be shown any more: end as Electron does when its browser process dies.
    if (process_ === child) process.exit(1)
  })
  const line = await devToolsLine(child)
  const cdp = await Cdp.connect(line.replace('DevTools listening on ', ''))
  await cdp.send('Target.setDiscoverTargets', { discover: true })
  // Playwright reads this line as it would from Electron, and connects to the same browser.
  process.stderr.write(`${line}\n`)
  return cdp
}

function devToolsLine(child: ChildProcess): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (data: Buffer) => {
      text = (text + data.toString()).slice(-8192)
      const line = /^DevTools listening on ws:\/\/\S+$/m.exec(text)?.[0]
      if (line !== undefined) resolve(line)
    })
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code}: ${text}`)))
    child.once('error', reject)
  })
}

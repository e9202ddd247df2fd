import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS, requireBrowser } from '../scripts/browser.mjs'
import { build, isOutdated } from '../scripts/build.mjs'
import type { ChangeRows, WindowHostStarted } from './window-host.ts'

export const OUT = fileURLToPath(new URL('../out/', import.meta.url))

/** Sees to it that the program is built and that there is a browser. Null, with a note, where there is none. */
export async function launchBrowser(note: (text: string) => void): Promise<Browser | null> {
  if (isOutdated() && !(await build())) throw new Error('The build failed.')
  try {
    return await chromium.launch({ executablePath: await requireBrowser(), args: CHROMIUM_FLAGS })
  } catch (error) {
    note(`not measured: ${error instanceof Error ? error.message : error}`)
    return null
  }
}

/** The built window in a browser, over an engine with the given data directory. */
export class BrowserWindow {
  readonly page: Page
  readonly #host: ChildProcess

  private constructor(page: Page, host: ChildProcess) {
    this.page = page
    this.#host = host
  }

  static async open(browser: Browser, dataDir: string): Promise<BrowserWindow> {
    const entry = fileURLToPath(new URL('./window-host.ts', import.meta.url))
    const host = fork(entry, [dataDir, `${OUT}renderer`])
    const [{ url }] = (await once(host, 'message')) as [WindowHostStarted]
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addInitScript({ path: fileURLToPath(new URL('./in-page.js', import.meta.url)) })
    const page = await context.newPage()
    await page.goto(url)
    return new BrowserWindow(page, host)
  }

  /** From now on that many rows of the shards change every second. */
  changeRows(perSecond: number): void {
    this.#host.send({ perSecond } satisfies ChangeRows)
  }

  async close(): Promise<void> {
    await this.page.context().close()
    this.#host.disconnect()
    await once(this.#host, 'exit')
  }
}

import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Cdp } from './cdp.ts'
import { chromium } from './chromium.ts'
import { createCloneCodec } from './clone-codec.ts'
import { ipcMain } from './ipc-main.ts'
import { pageSide } from './page-side.ts'
import { answerPage, HANDLED_PAGES, ownAddress, shownAddress } from './protocol.ts'

const codec = createCloneCodec()
let lastId = 0

interface Contents {
  width: number
  height: number
  preload: string | undefined
}

interface FromPage {
  type: 'send' | 'invoke'
  id: number
  channel: string
  given: unknown
}

/** `webContents`: one page of Chromium, its preload, and its end of the IPC. */
export class WebContents extends EventEmitter {
  readonly id = ++lastId
  readonly mainFrame: { readonly url: string }
  readonly #opened: Promise<Page>
  #destroyed = false
  #url = ''

  constructor(contents: Contents) {
    super()
    const address = () => this.#url
    this.mainFrame = {
      get url() {
        return address()
      },
    }
    this.#opened = this.#open(contents)
  }

  getURL = (): string => this.#url
  isDestroyed = (): boolean => this.#destroyed
  setWindowOpenHandler(): void {}
  openDevTools(): void {}

  send(channel: string, ...given: unknown[]): void {
    this.#deliver({ type: 'message', channel, given: codec.encode(given) })
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#opened
    const loaded = new Promise<void>((resolve) => this.once('did-finish-load', () => resolve()))
    const { errorText } = await page.send('Page.navigate', { url: shownAddress(url) })
    if (errorText !== undefined) throw new Error(`${errorText} loading '${url}'`)
    await loaded
  }

  reload(): void {
    void this.#opened.then((page) => page.send('Page.reload'))
  }

  async executeJavaScript(expression: string): Promise<unknown> {
    const page = await this.#opened
    const answer = await page.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.text)
    return answer.result.value
  }

  destroy(): void {
    void this.#opened.then((page) => page.close()).catch(() => undefined)
    this.#ended()
  }

  #ended(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.emit('destroyed', {})
  }

  async #open({ width, height, preload }: Contents): Promise<Page> {
    const page = await Page.open(await chromium(), { width, height }, () => this.#ended())
    page.events.on('Runtime.bindingCalled', ({ payload }) => void this.#receive(JSON.parse(payload)))
    page.events.on('Debugger.paused', (paused) => void tellPath(page, paused))
    page.events.on('Fetch.requestPaused', (paused) => void serve(page, paused))
    page.events.on('Page.frameStartedNavigating', (started) => this.#navigates(page, started))
    page.events.on('Page.loadEventFired', () => this.#url !== '' && this.emit('did-finish-load', {}))
    await page.send('Fetch.enable', { patterns: [{ urlPattern: HANDLED_PAGES }] })
    await page.send('Page.enable')
    await page.send('Runtime.enable')
    await page.send('Debugger.enable')
    await page.send('Runtime.addBinding', { name: '__standInPost' })
    const source = preload === undefined ? '' : readFileSync(preload, 'utf8')
    const call = `(${pageSide})((${createCloneCodec})(), __standInPost, ${JSON.stringify(source)}, ${JSON.stringify(preload ?? '')})`
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: call })
    return page
  }

  #navigates(page: Page, started: { frameId: string; navigationType: string; url: string }): void {
    if (started.frameId !== page.targetId || started.navigationType === 'sameDocument') return
    this.#url = ownAddress(started.url)
    this.emit('did-start-navigation', { url: this.#url, isMainFrame: true, isSameDocument: false })
  }

  async #receive({ type, id, channel, given }: FromPage): Promise<void> {
    const event = { sender: this, senderFrame: this.mainFrame, preventDefault() {} }
    const decoded = codec.decode(given) as unknown[]
    if (type === 'send') {
      ipcMain.emit(channel, event, ...decoded)
      return
    }
    try {
      const value = await ipcMain.answer(channel, event, decoded)
      this.#deliver({ type: 'reply', id, value: codec.encode(value) })
    } catch (error) {
      this.#deliver({ type: 'reply', id, error: `Error invoking remote method '${channel}': ${error}` })
    }
  }

  #deliver(message: unknown): void {
    if (this.#destroyed) return
    const expression = `globalThis.__standInReceive?.(${JSON.stringify(message)})`
    this.#opened.then((page) => page.send('Runtime.evaluate', { expression })).catch(() => undefined)
  }
}

/** A page of Chromium with a CDP session of its own. */
class Page {
  readonly targetId: string
  readonly events: EventEmitter
  readonly #cdp: Cdp
  readonly #sessionId: string

  private constructor(cdp: Cdp, targetId: string, sessionId: string) {
    this.#cdp = cdp
    this.targetId = targetId
    this.#sessionId = sessionId
    this.events = cdp.events(sessionId)
  }

  static async open(cdp: Cdp, size: { width: number; height: number }, onEnd: () => void): Promise<Page> {
    const { targetId } = await cdp.send('Target.createTarget', { url: 'about:blank', ...size })
    const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: true })
    cdp.events().on('Target.targetDestroyed', (destroyed) => destroyed.targetId === targetId && onEnd())
    return new Page(cdp, targetId, sessionId)
  }

  // biome-ignore lint/suspicious/noExplicitAny: results are as many shapes as there are methods
  send(method: string, params?: Record<string, unknown>): Promise<any> {
    return this.#cdp.send(method, params, this.#sessionId)
  }

  async close(): Promise<void> {
    await this.#cdp.send('Target.closeTarget', { targetId: this.targetId })
  }
}

interface PausedRequest {
  requestId: string
  request: { url: string; method: string; headers: Record<string, string>; postData?: string }
}

/** A request for a page of our own scheme. */
async function serve(page: Page, { requestId, request }: PausedRequest): Promise<void> {
  try {
    const { method, headers, postData: body } = request
    const response = await answerPage(request.url, { method, headers, body })
    await page.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    })
  } catch (error) {
    process.stderr.write(`stand-in: ${request.url} failed: ${error}\n`)
    await page.send('Fetch.failRequest', { requestId, errorReason: 'Failed' })
  }
}

/** `webUtils.getPathForFile` has to answer at once: the page stops in a `debugger` statement while the path is found. */
async function tellPath(page: Page, paused: { callFrames: Array<{ callFrameId: string }> }): Promise<void> {
  const callFrameId = paused.callFrames[0]?.callFrameId
  const evaluate = (expression: string) => page.send('Debugger.evaluateOnCallFrame', { callFrameId, expression })
  try {
    const { result } = await evaluate('typeof standInPath === "string" ? file : null')
    if (result.objectId === undefined) return
    const { path } = await page.send('DOM.getFileInfo', { objectId: result.objectId })
    await evaluate(`standInPath = ${JSON.stringify(path)}`)
  } finally {
    await page.send('Debugger.resume')
  }
}

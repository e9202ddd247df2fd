import { stat } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { EngineError, type Logger } from '../base/index.ts'
import { type DagSource, type OpenWritableFile, ReadWriteBlockstore } from '../blockstore/index.ts'
import type { HttpClient } from '../net/index.ts'
import { copyDag, pullDag, type TransferAttempt } from '../transfer/index.ts'
import { dagSizeHint } from './dag-size-hint.ts'

/** One attempt to complete `retrievals/<dealId>.car`. */
export interface ReceiveDag {
  root: CID
  carPath: string
  /** Payload bytes known to be durable from before. */
  syncedPayloadSize: number
  /** Base URLs or "local", in order of preference. */
  sources: string[]
  dags: DagSource
  client: HttpClient
  requestId: string
  hands: TransferAttempt
  log: Logger
  openFile?: OpenWritableFile
  onReceived(received: Received): void
}

export interface Received {
  payloadSize: number
  syncedPayloadSize: number
  blockCount: number
  totalBytes: number | null
}

/** New payload is made durable in the background this often, so that little is left to do at the end. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024

/**
 * Opens or resumes the CAR, fetches what is missing, and finalizes it. Returns the size of the file. On failure what
 * came stays in the file, and the next attempt goes on with it.
 */
export async function receiveDag(receive: ReceiveDag): Promise<number> {
  const { root, carPath, hands, syncedPayloadSize } = receive
  const store = await ReadWriteBlockstore.open(carPath, {
    roots: [root],
    wholeCids: true,
    syncedPayloadSize,
    signal: hands.signal,
    openFile: receive.openFile,
  })
  try {
    if (store.recovery.resumed && store.blockCount > 0)
      hands.note(`Going on with the ${store.blockCount} blocks that are here.`)
    const intake = new Intake(store, receive)
    await intake.fill()
    await intake.settle()
    await store.finalize()
    return (await stat(carPath)).size
  } catch (error) {
    // Keeps what came, durably where the disk still lets it; the error at hand is the one to tell.
    await store.close().catch(() => {})
    throw error
  } finally {
    receive.onReceived({ ...progressOf(store), totalBytes: null })
  }
}

class Intake {
  readonly #store: ReadWriteBlockstore
  readonly #receive: ReceiveDag
  #syncing: Promise<void> | null = null
  #totalBytes: number | null = null

  constructor(store: ReadWriteBlockstore, receive: ReceiveDag) {
    this.#store = store
    this.#receive = receive
  }

  async fill(): Promise<void> {
    const { root, sources } = this.#receive
    if (await this.#store.has(root)) this.#totalBytes = dagSizeHint(root, await this.#store.get(root))
    this.#report()
    const urls = sources.filter((source) => source !== 'local')
    if (sources[0] === 'local' && (urls.length === 0 || (await this.#isLocal()))) return this.#copy()
    return this.#pull(urls)
  }

  /** Waits for a sync that is under way; its failure would come again at the next. */
  async settle(): Promise<void> {
    await this.#syncing
  }

  async #isLocal(): Promise<boolean> {
    const dag = await this.#receive.dags.open(this.#receive.root)
    await dag?.release()
    return dag !== null
  }

  async #copy(): Promise<void> {
    const { root, dags, hands } = this.#receive
    hands.from('local')
    await copyDag({
      ...{ root, dags, store: this.#store, signal: hands.signal },
      onBlock: (cid, bytes) => this.#onBlock(cid, bytes),
    })
  }

  async #pull(providers: string[]): Promise<void> {
    const { root, client, requestId, hands } = this.#receive
    hands.from(providers.join(', '))
    await pullDag({
      ...{ root, providers, store: this.#store, client, requestId, signal: hands.signal },
      onBlock: (cid, bytes) => this.#onBlock(cid, bytes),
      onNote: (message) => hands.note(message),
    })
  }

  #onBlock(cid: CID, bytes: Uint8Array): void {
    if (this.#totalBytes === null && cid.equals(this.#receive.root)) this.#totalBytes = dagSizeHint(cid, bytes)
    this.#report()
    const unsynced = this.#store.payloadSize - this.#store.syncedPayloadSize
    if (this.#syncing !== null || unsynced < SYNC_EVERY_BYTES) return
    this.#syncing = this.#store
      .sync()
      .catch((error: unknown) =>
        this.#receive.log.warn('could not make received blocks durable', { error: EngineError.from(error).message }),
      )
      .finally(() => {
        this.#syncing = null
        this.#report()
      })
  }

  #report(): void {
    const received = { ...progressOf(this.#store), totalBytes: this.#totalBytes }
    this.#receive.hands.progress(received.payloadSize, this.#totalBytes)
    this.#receive.onReceived(received)
  }
}

function progressOf(store: ReadWriteBlockstore) {
  const { payloadSize, syncedPayloadSize, blockCount } = store
  // A header alone is nothing received.
  return { payloadSize: blockCount === 0 ? 0 : payloadSize, syncedPayloadSize, blockCount }
}

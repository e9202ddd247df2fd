import { stat } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { EngineError, type Logger } from '../base/index.ts'
import { type Blockstore, type DagSource, type OpenWritableFile, ReadWriteBlockstore } from '../blockstore/index.ts'
import type { HttpClient } from '../net/index.ts'
import type { Selector } from '../selector/index.ts'
import {
  copyDag,
  copyOnRead,
  copyPath,
  pullDag,
  pullOnRead,
  pullPath,
  type TransferAttempt,
} from '../transfer/index.ts'
import { dagSizeHint } from './dag-size-hint.ts'
import { selectedBlocks } from './export-retrieval.ts'
import { selectorOf } from './selector.ts'

/** One attempt to complete `retrievals/<dealId>.car`. */
export interface ReceiveDag {
  root: CID
  /** The part that is wanted, as of `partOf`. Default: all of it. */
  part?: string | null
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
export async function receiveDag(receive: ReceiveDag): Promise<{ carSizeBytes: number; selected: CID }> {
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
    const selected = await intake.fill()
    await intake.settle()
    await store.finalize()
    return { carSizeBytes: (await stat(carPath)).size, selected }
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
  /** What all that is wanted lies below, once it is known. */
  #top: CID | null = null

  constructor(store: ReadWriteBlockstore, receive: ReceiveDag) {
    this.#store = store
    this.#receive = receive
  }

  /** Completes the DAG, or the part of it that is wanted, and gives its topmost block. */
  async fill(): Promise<CID> {
    const { root, sources, hands, part = null } = this.#receive
    const urls = sources.filter((source) => source !== 'local')
    const isLocal = sources[0] === 'local' && (urls.length === 0 || (await this.#isLocal()))
    hands.from(isLocal ? 'local' : urls.join(', '))
    const selector = selectorOf(part)
    if (selector !== null) {
      await this.#select(selector, isLocal, urls)
      return root
    }
    const top = await this.#follow(isLocal, urls)
    this.#top = top
    if (await this.#store.has(top)) this.#totalBytes = dagSizeHint(top, await this.#store.get(top))
    this.#report()
    if (isLocal) await this.#copy(root, top)
    else await this.#pull(top, urls)
    return top
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

  /** Resolves the path of a part, and stores the nodes on the way. */
  async #follow(isLocal: boolean, providers: string[]): Promise<CID> {
    const { root, part = null, dags, client, requestId } = this.#receive
    if (part === null) return root
    const copy = { ...this.#intoStore(), path: part }
    const found = isLocal
      ? await copyPath({ ...copy, dags })
      : await pullPath({ ...copy, providers, client, requestId })
    return found.cid
  }

  /** Fetches what a selector reads, walking here: gateways have no words for it. Each block costs a round trip. */
  async #select(selector: Selector, isLocal: boolean, providers: string[]): Promise<void> {
    const { root, dags, client, requestId, hands } = this.#receive
    const readAll = async (blockstore: Blockstore) => {
      for await (const _ of selectedBlocks(blockstore, root, selector, hands.signal));
    }
    if (isLocal) await copyOnRead({ ...this.#intoStore(), dags }, readAll)
    else await readAll(pullOnRead({ ...this.#intoStore(), providers, client, requestId }))
  }

  #intoStore() {
    const { root, hands } = this.#receive
    const onBlock = (cid: CID, bytes: Uint8Array) => this.#onBlock(cid, bytes)
    return { root, store: this.#store, signal: hands.signal, onBlock }
  }

  async #copy(root: CID, top: CID): Promise<void> {
    await copyDag({ ...this.#intoStore(), root, top, dags: this.#receive.dags })
  }

  async #pull(root: CID, providers: string[]): Promise<void> {
    const { client, requestId, hands } = this.#receive
    await pullDag({
      ...{ ...this.#intoStore(), root, providers, client, requestId },
      onNote: (message) => hands.note(message),
    })
  }

  #onBlock(cid: CID, bytes: Uint8Array): void {
    if (this.#totalBytes === null && this.#top !== null && cid.equals(this.#top))
      this.#totalBytes = dagSizeHint(cid, bytes)
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

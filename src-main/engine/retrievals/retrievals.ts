import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { CID } from 'multiformats/cid'
import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { EngineError, NanoIds, removeTemporaryFilesOf, timestamp } from '../base/index.ts'
import { type DagSource, type OpenDag, openCarBlockstore } from '../blockstore/index.ts'
import { HttpClient } from '../net/index.ts'
import { KeyedWork } from '../transfer/index.ts'
import { exportRetrieval } from './export-retrieval.ts'
import { receiveDag } from './receive-dag.ts'
import { RetrievalBook } from './retrieval-book.ts'
import { type RetrievalEffect, retrievalIsEnded } from './retrieval-machine.ts'
import type { BeginRetrieval, ExportTo, Retrievals, RetrievalsConfig, RetrievalsPorts } from './retrieval-ports.ts'
import type { RetrievalRecord } from './retrieval-record.ts'
import { partOf, selectorOf } from './selector.ts'

export function createRetrievals(ports: RetrievalsPorts, config: RetrievalsConfig): Retrievals {
  return new RetrievalFace(ports, config)
}

class RetrievalFace implements Retrievals {
  readonly #ports: RetrievalsPorts
  readonly #config: RetrievalsConfig
  readonly #book: RetrievalBook
  readonly #work = new KeyedWork()
  readonly #client: HttpClient
  readonly #ids: NanoIds

  constructor(ports: RetrievalsPorts, config: RetrievalsConfig) {
    this.#ports = ports
    this.#config = config
    this.#client = new HttpClient(config.http)
    this.#ids = new NanoIds(ports.clock)
    this.#book = new RetrievalBook(ports, config.directory, (dealId, effect) => this.#perform(dealId, effect))
    ports.transfers.setOwner('dag', (dealId) => this.retry(dealId))
  }

  get table() {
    return this.#book.table
  }

  /** Every retrieval that was under way goes on by itself, with the blocks that are there. */
  async start(): Promise<void> {
    await mkdir(this.#config.directory, { recursive: true })
    await this.#book.load()
    await this.#tellStale()
    for (const { dealId, state, exportTo } of this.#book.all()) {
      if (retrievalIsEnded(state)) continue
      if (exportTo !== null) await removeTemporaryFilesOf(exportTo.outPath)
      await this.#book.dispatch(dealId, 'resume', { message: 'Going on after Carport was started again.' })
    }
  }

  async close(): Promise<void> {
    await this.#book.close()
    await this.#work.close()
    this.#client.close()
  }

  list(): RetrievalView[] {
    return this.table.rows()
  }

  get(dealId: string): RetrievalView {
    return this.#book.view(dealId)
  }

  async begin(input: BeginRetrieval): Promise<RetrievalView> {
    const { outPath, format, overwrite, proof = false } = input
    const root = parseRoot(input.root)
    const selector = partOf(input.selector ?? null)
    checkProof(proof, selector, format)
    if (outPath !== null) checkForm(selector, format)
    const from = input.from.map(checkSource)
    if (from.length === 0) this.#requireOwnProvider()
    if (outPath !== null) await checkOutPath(outPath, overwrite)
    const at = timestamp(this.#ports.clock)
    const record: RetrievalRecord = {
      ...{ version: 1, dealId: this.#ids.next(), root: root.toString(), state: 'transferring', message: 'Receiving.' },
      ...{ selector, selected: null },
      ...{ error: null, from, provider: null, receivedBytes: 0, totalBytes: null, blockCount: 0, syncedPayloadSize: 0 },
      ...{ carSizeBytes: null, complete: false, path: null, createdAt: at, updatedAt: at },
      exportTo: outPath === null ? null : { outPath, format, overwrite, proof },
    }
    await this.#book.add(record)
    this.#perform(record.dealId, 'receive')
    return this.get(record.dealId)
  }

  async wait(dealId: string, signal?: AbortSignal): Promise<RetrievalView> {
    const record = await this.#book.ended(dealId, signal)
    await this.#work.settled(dealId)
    if (record.state === 'done' || record.error === null) return this.get(dealId)
    throw EngineError.fromValue(record.error)
  }

  async cancel(dealId: string): Promise<RetrievalView> {
    this.#book.get(dealId)
    if (await this.#book.dispatch(dealId, 'cancel')) await this.#work.settled(dealId)
    return this.get(dealId)
  }

  async retry(dealId: string): Promise<RetrievalView> {
    const { complete } = this.#book.get(dealId)
    await this.#book.dispatch(dealId, complete ? 'retry-export' : 'retry')
    return this.get(dealId)
  }

  async export(input: ExportTo & { dealId: string }): Promise<RetrievalView> {
    const { dealId, outPath, overwrite, proof = false, format } = input
    const record = this.#book.get(dealId)
    checkProof(proof, record.selector ?? null, format)
    checkForm(record.selector ?? null, format)
    if (!record.complete)
      throw new EngineError('DAG_INCOMPLETE', `Retrieval ${dealId} has not received everything yet. Retry it first.`)
    await checkOutPath(outPath, overwrite)
    await new Promise<void>((resolve, reject) => {
      // One thing at a time for each retrieval: it waits for an export that is under way.
      this.#work.start(
        dealId,
        async (signal) => {
          await this.#write(record, input, signal)
          const patch = { path: outPath }
          if (!(await this.#book.dispatch(dealId, 'exported', { patch }))) await this.#book.note(dealId, patch, true)
          resolve()
        },
        reject,
      )
      void this.#work.settled(dealId).then(() => reject(new EngineError('CANCELLED', 'The export was ended.')))
    })
    return this.get(dealId)
  }

  async remove(dealId: string): Promise<{ dealId: string; freedBytes: number }> {
    const { state } = this.#book.get(dealId)
    if (!retrievalIsEnded(state))
      throw new EngineError('INVALID_ARGUMENT', `Retrieval ${dealId} is under way: cancel it first.`)
    await this.#work.settled(dealId)
    const path = this.#book.carPath(dealId)
    const freedBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    await this.#book.remove(dealId)
    await removeCar(path)
    return { dealId, freedBytes }
  }

  async open(cid: CID, options: { signal?: AbortSignal } = {}): Promise<OpenDag | null> {
    const found = this.#book.all().find((record) => {
      const top = record.complete ? topOf(record) : null
      return top !== null && sameBlock(top, cid)
    })
    if (found === undefined) return null
    const blockstore = await openCarBlockstore(this.#book.carPath(found.dealId), { signal: options.signal })
    return { blockstore, release: () => blockstore.close() }
  }

  #perform(dealId: string, effect: RetrievalEffect): void {
    const failed = (error: EngineError) => void this.#fail(dealId, error)
    switch (effect) {
      case 'abort':
        this.#work.abort(dealId)
        break
      case 'receive':
        this.#work.start(dealId, (signal) => this.#receive(dealId, signal), failed)
        break
      case 'export':
        this.#work.start(dealId, (signal) => this.#exportAsAsked(dealId, signal), failed)
        break
      case 'discard':
        this.#work.start(
          dealId,
          () => this.#discard(dealId),
          () => {},
        )
        break
    }
  }

  async #fail(dealId: string, error: EngineError): Promise<void> {
    // The transfer was cancelled in the table of transfers, and the retrieval with it.
    if (error.code === 'CANCELLED') await this.#book.dispatch(dealId, 'cancel')
    else await this.#book.dispatch(dealId, 'failed', { error })
  }

  async #receive(dealId: string, signal: AbortSignal): Promise<void> {
    const record = this.#book.get(dealId)
    const root = CID.parse(record.root)
    const sources = record.from.length > 0 ? record.from : [this.#requireOwnProvider()]
    const meter = this.#book.meter(dealId)
    let received: { carSizeBytes: number; selected: CID } | null = null
    let syncedPayloadSize = record.syncedPayloadSize
    await this.#ports.transfers.run(
      {
        id: `retrieval-${dealId}`,
        kind: 'dag',
        what: record.root,
        counterparty: sources[0] ?? '',
        doneBytes: record.receivedBytes,
        totalBytes: record.totalBytes,
        ownerId: dealId,
      },
      async (hands) => {
        received = await receiveDag({
          ...{
            root,
            part: record.selector ?? null,
            carPath: this.#book.carPath(dealId),
            syncedPayloadSize,
            sources,
            dags: this.#localDags(dealId),
          },
          ...{ client: this.#client, requestId: dealId, hands, log: this.#ports.log },
          openFile: this.#config.openFile,
          onReceived: (progress) => {
            const { payloadSize, blockCount } = progress
            const totalBytes = progress.totalBytes ?? record.totalBytes
            const synced = progress.syncedPayloadSize !== syncedPayloadSize
            syncedPayloadSize = progress.syncedPayloadSize
            Object.assign(record, { receivedBytes: payloadSize, blockCount, totalBytes, syncedPayloadSize })
            meter.report({ phase: 'Receiving', doneBytes: payloadSize, totalBytes })
            if (synced) void this.#book.note(dealId, {}, true)
          },
        })
      },
      { signal },
    )
    const provider = sources[0] ?? null
    const receipt = receiptOf(record, received)
    await this.#book.dispatch(dealId, record.exportTo === null ? 'received' : 'received-to-export', {
      patch: { complete: true, ...receipt, totalBytes: record.receivedBytes, provider },
    })
  }

  async #exportAsAsked(dealId: string, signal: AbortSignal): Promise<void> {
    const record = this.#book.get(dealId)
    const { exportTo } = record
    if (exportTo !== null) await this.#write(record, exportTo, signal)
    await this.#book.dispatch(dealId, 'exported', { patch: { path: exportTo?.outPath ?? record.path } })
  }

  async #write(
    { dealId, root, selector = null }: RetrievalRecord,
    to: NonNullable<RetrievalRecord['exportTo']>,
    signal: AbortSignal,
  ): Promise<void> {
    const blockstore = await openCarBlockstore(this.#book.carPath(dealId), { signal })
    const onProgress = this.#book.meter(dealId).report
    try {
      await exportRetrieval(blockstore, { root: CID.parse(root), part: selector }, to, { signal, onProgress })
    } finally {
      await blockstore.close()
      this.#book.clearProgress(dealId)
    }
  }

  async #discard(dealId: string): Promise<void> {
    const record = this.#book.get(dealId)
    if (record.complete) return
    await removeCar(this.#book.carPath(dealId))
    await this.#book.note(dealId, { receivedBytes: 0, blockCount: 0, syncedPayloadSize: 0 }, true)
  }

  /** Imports and every other retrieval. */
  #localDags(dealId: string): DagSource {
    return {
      open: async (cid, options) => {
        const imported = await this.#ports.dags.open(cid, options)
        return imported ?? (this.#book.get(dealId).complete ? null : this.open(cid, options))
      },
    }
  }

  #requireOwnProvider(): string {
    const url = this.#ports.ownProvider()
    if (url !== null) return url
    throw new EngineError(
      'INVALID_ARGUMENT',
      'The provider role of this Carport is switched off. Switch it on, or say from where to retrieve.',
    )
  }

  /** CARs that no record names: their bytes may be somebody's only copy, so they are left. */
  async #tellStale(): Promise<void> {
    const known = new Set(this.#book.all().map(({ dealId }) => dealId))
    for (const name of await readdir(this.#config.directory)) {
      const dealId = /^(\d{18,20})\.car$/.exec(name)?.[1]
      if (dealId === undefined || known.has(dealId)) continue
      this.#ports.log.warn('a retrieved CAR belongs to no retrieval; left where it is', {
        path: join(this.#config.directory, name),
      })
    }
  }
}

/** What is here whole: of a part, what its path leads to; null of what a selector picked. */
function topOf({ root, selector = null, selected = null }: RetrievalRecord): CID | null {
  if (selectorOf(selector) !== null) return null
  return CID.parse(selector === null ? root : (selected ?? root))
}

function receiptOf(
  { selector = null }: RetrievalRecord,
  received: { carSizeBytes: number; selected: CID } | null,
): Pick<RetrievalRecord, 'carSizeBytes' | 'selected'> {
  if (received === null) return { carSizeBytes: null, selected: null }
  return { carSizeBytes: received.carSizeBytes, selected: selector === null ? null : received.selected.toString() }
}

function checkProof(proof: boolean, part: string | null, format: ExportTo['format']): void {
  if (!proof || (part !== null && format !== 'files')) return
  throw new EngineError(
    'INVALID_ARGUMENT',
    'A proof is the nodes on the way to a part of a DAG: it takes a path to the part, and a CAR to write them to.',
  )
}

function checkForm(part: string | null, format: ExportTo['format']): void {
  if (format !== 'files' || selectorOf(part) === null) return
  throw new EngineError(
    'INVALID_ARGUMENT',
    'This selector picks blocks, not a file or a folder: write them to a CAR, or give the path of a file.',
  )
}

function parseRoot(text: string): CID {
  try {
    return CID.parse(text)
  } catch (cause) {
    throw new EngineError('INVALID_CID', `${text} is not a CID.`, { cause, details: { cid: text } })
  }
}

/** "local", or a base URL without a slash at the end. */
function checkSource(source: string): string {
  if (source === 'local') return source
  const url = URL.canParse(source) ? new URL(source) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new EngineError('INVALID_ARGUMENT', `${source} is not a provider: give its http or https URL, or "local".`)
  return source.replace(/\/+$/, '')
}

async function checkOutPath(outPath: string, overwrite: boolean): Promise<void> {
  if (!isAbsolute(outPath)) throw new EngineError('INVALID_ARGUMENT', `${outPath} is not an absolute path.`)
  const exists = await lstat(outPath).then(
    () => true,
    () => false,
  )
  if (exists && !overwrite)
    throw new EngineError('FILE_EXISTS', `${outPath} exists already. Choose another name, or ask to overwrite it.`, {
      details: { path: outPath },
    })
}

/** With the lock file that a crash may have left. */
async function removeCar(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}.lock`, { force: true })
}

function sameBlock(a: CID, b: CID): boolean {
  return a.code === b.code && Buffer.compare(a.multihash.bytes, b.multihash.bytes) === 0
}

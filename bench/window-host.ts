/**
 * The headless host in a process of its own, run from source, over the built window: `window-host.ts DATA_DIRECTORY
 * RENDERER_DIRECTORY`. Says where it is, then changes as many rows a second of the table of shards as its parent asks for.
 */

import { Table } from '../src-main/engine/base/index.ts'
import { openEngine } from '../src-main/host/index.ts'
import { startServer } from '../src-main/server/index.ts'
import type { ShardView } from '../src-shared/contract/index.ts'

export interface WindowHostStarted {
  url: string
}

/** From the parent: rows to change a second. */
export interface ChangeRows {
  perSecond: number
}

const PERIOD_MS = 50

const [dataDir = '', rendererDir = ''] = process.argv.slice(2)
const hosted = await openEngine({
  dataDir,
  workerUrl: new URL('../src-main/engine/workers/engine.worker.ts', import.meta.url),
  host: 'headless',
  stderrLevel: null,
})
const server = await startServer({ hosted, dataDir, rendererDir, listen: { host: '127.0.0.1', port: 0 } })
// The rows of shards are made of the shards: in their place come some that change whenever they are told to.
const table = new Table<ShardView>(({ key }) => key)
for (const row of hosted.engine.dagstore.table.rows()) table.set(row)
Object.defineProperty(hosted.engine.dagstore, 'table', { value: table })
const keys = table.rows().map(({ key }) => key)
let perSecond = 0
let at = 0
setInterval(() => {
  for (let i = 0; i < (perSecond * PERIOD_MS) / 1000; i++) {
    at = (at + 7919) % keys.length
    const row = table.get(keys[at] ?? '')
    if (row !== undefined) table.set({ ...row, readers: (row.readers + 1) % 10 })
  }
}, PERIOD_MS)
process.on('message', (message: ChangeRows) => {
  perSecond = message.perSecond
})
process.on('disconnect', () => void server.stop().then(() => hosted.stop().finally(() => process.exit(0))))
process.send?.({ url: server.newTicketUrl() } satisfies WindowHostStarted)

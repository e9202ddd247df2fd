/** A provider's gateway in a process of its own, as a peer has it: `gateway-process.ts CAR`, its URL to the parent. */
import { silentLogger, systemClock } from '../src-main/engine/base/index.ts'
import { openCarBlockstore } from '../src-main/engine/blockstore/index.ts'
import { createProviderServer } from '../src-main/engine/net/index.ts'

const [carPath = ''] = process.argv.slice(2)
const blockstore = await openCarBlockstore(carPath)
const server = createProviderServer(
  {
    clock: systemClock,
    log: silentLogger,
    transfers: {
      openOutgoing: () => ({ signal: new AbortController().signal, sent() {}, release() {} }),
    },
    dags: {
      open: async (cid) => ((await blockstore.has(cid)) ? { blockstore, release: async () => {} } : null),
    },
    pieces: null,
    deals: null,
  },
  { listen: { host: '127.0.0.1', port: 0 }, version: 'bench' },
)
process.send?.(await server.start())
process.on('disconnect', () => process.exit(0))

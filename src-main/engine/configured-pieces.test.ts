import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLogger, inlineTaskRunner, systemClock } from './base/index.ts'
import { Config } from './config/index.ts'
import { ConfiguredPieces } from './configured-pieces.ts'
import { DirectoryPieceStore, PieceRows, RecordedSectorLocations } from './pieces/index.ts'
import { MemoryStore } from './store/index.ts'
import { LotusRepositories } from './testing/lotus-repositories.ts'

/** Lies in sector 1 of the fixture. */
const PIECE = 'baga6ea4seaqns4mlf6gns36g4gfaehvkdml2wfvxwjcnu4x6vla3nkxsgilkgaa'
const LOCATION = { dealId: '7003', sector: '1', offset: 1536, length: 256, provider: 'f01000' }
const cid = CID.parse(PIECE)

let folder: string
let repositories: LotusRepositories
let config: Config
let rows: PieceRows
let own: DirectoryPieceStore
let pieces: ConfiguredPieces
let warnings: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-places-'))
  repositories = await LotusRepositories.create()
  warnings = []
  const log = createLogger((level, _name, message) => level === 'warn' && warnings.push(message))
  const store = new MemoryStore()
  const clock = systemClock
  rows = new PieceRows()
  config = await Config.load(folder)
  const locations = new RecordedSectorLocations(store)
  await locations.put(PIECE, [LOCATION])
  own = await DirectoryPieceStore.open({
    directory: join(folder, 'pieces'),
    store,
    tasks: inlineTaskRunner,
    clock,
    log,
  })
  pieces = await ConfiguredPieces.open({ config, own, rows, locations, clock, log })
})
afterEach(async () => {
  await pieces.close()
  await own.close()
  await repositories.remove()
  await rm(folder, { recursive: true })
})

it('reads pieces of sectors while the settings name their storage, and shows where each is', async () => {
  await pieces.refreshRows()
  expect(rows.table.get(PIECE)).toMatchObject({ state: 'missing', source: 'lotus-storage' })
  const miner = await repositories.miner()
  await config.set('Pieces.LotusStoragePaths', JSON.stringify([miner, join(folder, 'not, there')]))
  await pieces.configure()
  await pieces.refreshRows()
  expect(warnings).toEqual(['a Lotus storage path is not there'])
  expect(rows.table.get(PIECE)).toMatchObject({ state: 'unsealed', path: join(miner, 'unsealed/s-t01000-1') })
  const reader = await pieces.sources.open(cid)
  expect(reader.size).toBe(254)
  await reader.close()
  await config.set('Pieces.LotusStoragePaths', '[]')
  await pieces.configure()
  await expect(pieces.sources.open(cid)).rejects.toMatchObject({ code: 'PIECE_NOT_FOUND' })
})

it('asks the piece servers of the settings', async () => {
  const server = createServer((request, response) => {
    const isHere = request.url === `/piece/${PIECE}`
    response.writeHead(isHere ? 200 : 404, { 'Content-Length': isHere ? 254 : 0, 'Accept-Ranges': 'bytes' }).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  await config.set('Pieces.HttpServers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await pieces.configure()
  expect(await pieces.sources.stat(cid)).toMatchObject({ source: 'http', state: 'unsealed', sizeBytes: 254 })
  server.close()
  server.closeAllConnections()
})

it('refuses settings that name no server', async () => {
  await expect(config.set('Pieces.HttpServers', 'provider.example')).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('https://provider.example'),
  })
})

import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { decode as decodeDigest } from 'multiformats/hashes/digest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixture } from '../../engine/testing/fixtures.ts'
import type { Frame } from './testing/rpc-socket.ts'
import { PIECE_FILES, RunningCarport } from './testing/running-carport.ts'

let carport: RunningCarport
let admin: string
beforeEach(async () => {
  carport = await RunningCarport.start()
  admin = await carport.token('admin')
})
afterEach(() => carport.stop())

const registerAll = async () => {
  for (const piece of carport.pieces) await carport.engine.dagstore.registerPiece(piece, { lazy: true })
}

describe('the dagstore', () => {
  it('registers, lists and finds shards', async () => {
    const [piece = ''] = carport.pieces
    expect(await carport.call('DagstoreRegisterShard', [piece], admin)).toEqual({ jsonrpc: '2.0', id: 1, result: null })
    expect((await carport.call('DagstoreRegisterShard', [piece], admin)).result).toBeNull()
    const row = { Key: piece, State: 'ShardStateAvailable', Error: '' }
    expect((await carport.call('DagstoreListShards', [], admin)).result).toEqual([row])
    const { entries } = await carport.engine.dagstore.indexEntries(piece, { from: 0, limit: 1 })
    const multihash = decodeDigest(Buffer.from(entries[0]?.multihash ?? '', 'hex'))
    const cid = CID.createV1(0x55, multihash).toString()
    expect((await carport.call('DagstoreLookupPieces', [{ '/': cid }], admin)).result).toEqual([row])
  })

  it('says in Lotus’ words why not', async () => {
    await registerAll()
    const [piece = ''] = carport.pieces
    const why = async (method: string, param: unknown) => (await carport.call(method, [param], admin)).error?.message
    expect(await why('DagstoreInitializeShard', 'nothing')).toBe('failed to get shard info: shard not found')
    expect(await why('DagstoreRecoverShard', piece)).toBe(
      'cannot recover shard; expected state ShardStateErrored, was: ShardStateNew',
    )
    expect((await carport.call('DagstoreInitializeShard', [piece], admin)).result).toBeNull()
    expect(await why('DagstoreInitializeShard', piece)).toBe(
      'cannot initialize shard; expected state ShardStateNew, was: ShardStateAvailable',
    )
    expect(await why('DagstoreRegisterShard', 'not a cid')).toMatch(/^parsing shard key as piece cid: /)
    expect(await why('DagstoreLookupPieces', { '/': 'bafkqaaa' })).toBe(
      'failed to lookup index for mh 0000, err: datastore: key not found',
    )
  })

  it('recovers a shard, and tells why it cannot be read', async () => {
    const [piece = ''] = carport.pieces
    await carport.engine.dagstore.registerPiece(piece, { lazy: true })
    await carport.engine.pieces.remove(CID.parse(piece))
    const failed = await carport.call('DagstoreInitializeShard', [piece], admin)
    expect(failed.error?.message).toMatch(/^failed to acquire shard: /)
    await carport.engine.dagstore.settled() // it tries once more by itself
    const [row] = (await carport.call('DagstoreListShards', [], admin)).result as Array<{
      State: string
      Error: string
    }>
    expect(row).toMatchObject({ State: 'ShardStateErrored', Error: expect.stringContaining('No source has piece') })
    for (const name of PIECE_FILES) await carport.engine.pieces.add(fixture(`car/generated/${name}`))
    expect((await carport.call('DagstoreRecoverShard', [piece], admin)).result).toBeNull()
  })

  it('initializes all over a WebSocket: two events for each shard, then the end', async () => {
    await registerAll()
    const socket = await carport.connect(admin)
    socket.send({
      id: 7,
      method: 'Filecoin.DagstoreInitializeAll',
      params: [{ MaxConcurrency: 0, IncludeSealed: false }],
    })
    const answer = await socket.next()
    expect(answer).toEqual({ jsonrpc: '2.0', id: 7, result: 1 })
    const values: Array<Record<string, unknown>> = []
    let frame: Frame = await socket.next()
    for (; frame.method === 'xrpc.ch.val'; frame = await socket.next()) {
      expect(frame.params?.[0]).toBe(1)
      values.push(frame.params?.[1] as Record<string, unknown>)
    }
    expect(frame).toEqual({ jsonrpc: '2.0', method: 'xrpc.ch.close', params: [1] })
    expect(values).toHaveLength(6)
    for (const piece of carport.pieces) {
      const [start, end] = values.filter(({ Key }) => Key === piece)
      expect(start).toMatchObject({ Event: 'start', Success: false, Error: '', Total: 3 })
      expect(end).toMatchObject({ Event: 'end', Success: true, Error: '', Total: 3, Current: start?.Current })
    }
    socket.send({ id: 8, method: 'Filecoin.DagstoreInitializeAll', params: [{ MaxConcurrency: 1 }] })
    expect(await socket.next()).toMatchObject({ id: 8, result: 2 })
    expect(await socket.next()).toMatchObject({ method: 'xrpc.ch.close', params: [2] })
    await socket.close()
  })

  it('stops scheduling when a channel is cancelled, and the connection goes on', async () => {
    await registerAll()
    const socket = await carport.connect(admin)
    socket.send({ id: 'all', method: 'Filecoin.DagstoreInitializeAll', params: [{ MaxConcurrency: 1 }] })
    expect(await socket.next()).toMatchObject({ id: 'all', result: 1 })
    expect(await socket.next()).toMatchObject({ method: 'xrpc.ch.val' })
    socket.send({ method: 'xrpc.cancel', params: ['all'] })
    let frame = await socket.next()
    while (frame.method === 'xrpc.ch.val') frame = await socket.next()
    expect(frame).toMatchObject({ method: 'xrpc.ch.close', params: [1] })
    socket.sendText('nonsense')
    socket.send({ id: 2, result: 'an answer to nothing' })
    socket.send({ method: 'xrpc.cancel', params: ['unknown'] })
    socket.send({ id: 3, method: 'Filecoin.DagstoreListShards', params: [] })
    const { result } = await socket.next()
    expect((result as Array<{ State: string }>).some(({ State }) => State === 'ShardStateNew')).toBe(true)
    await socket.close()
  })

  it('stops scheduling when the connection is gone, and goes on where another asks', async () => {
    await registerAll()
    const gone = await carport.connect(admin)
    const call = { id: 1, method: 'Filecoin.DagstoreInitializeAll', params: [{ MaxConcurrency: 1 }] }
    gone.send(call)
    expect(await gone.next()).toMatchObject({ id: 1, result: 1 })
    expect(await gone.next()).toMatchObject({ params: [1, { Event: 'start' }] })
    await gone.close()
    await carport.engine.dagstore.settled()
    const left = carport.engine.dagstore.list({ state: 'New', failed: false }).length
    expect(left).toBeGreaterThan(0)
    const next = await carport.connect(admin)
    next.send(call)
    await next.next()
    expect(await next.next()).toMatchObject({ params: [1, { Event: 'start', Total: left }] })
    for (let frame = await next.next(); frame.method !== 'xrpc.ch.close'; ) frame = await next.next()
    expect(carport.engine.dagstore.list({ state: 'Available', failed: false })).toHaveLength(3)
    await next.close()
  })

  it('collects garbage', async () => {
    expect((await carport.call('DagstoreGC', [], admin)).result).toEqual([])
  })
})

describe('the client', () => {
  it('imports, sizes, exports and forgets; ids are whole beyond 2^53', async () => {
    const source = join(carport.home, 'photo.raw')
    await writeFile(source, Buffer.alloc(1_200_000, 7))
    const body = { jsonrpc: '2.0', id: 1, method: 'Filecoin.ClientImport', params: [{ Path: source, IsCAR: false }] }
    const { text } = await carport.post(JSON.stringify(body), admin)
    const id = /"ImportID":(\d{19})\b/.exec(text)?.[1] ?? ''
    const root = /"\/":"(\w+)"/.exec(text)?.[1] ?? ''
    const [row] = carport.engine.imports.list()
    expect([id, root]).toEqual([row?.id, row?.root])

    const link = { '/': root }
    expect((await carport.call('ClientHasLocal', [link], admin)).result).toBe(true)
    expect((await carport.call('ClientHasLocal', [{ '/': 'bafkqaaa' }], admin)).result).toBe(false)
    const piece = (await carport.call('ClientDealPieceCID', [link], admin)).result as { PieceCID: { '/': string } }
    const car = join(carport.home, 'photo.car')
    expect((await carport.call('ClientGenCar', [{ Path: source }, car], admin)).result).toBeNull()
    const { size } = await stat(car)
    expect((await carport.call('ClientDealSize', [link], admin)).result).toEqual({
      PayloadSize: size,
      PieceSize: 2 << 20,
    })
    expect((await carport.call('ClientCalcCommP', [car], admin)).result).toEqual({
      Root: piece.PieceCID,
      Size: ((2 << 20) / 128) * 127,
    })
    expect((await carport.call('ClientCalcCommP', [source], admin)).error?.message).toMatch(/^not a car file: /)
    expect((await carport.call('ClientGenCar', [{ Path: source }, car], admin)).error?.message).toContain('exists')

    expect(
      (await carport.post(JSON.stringify({ ...body, method: 'Filecoin.ClientListImports', params: [] }), admin)).text,
    ).toContain(`"Key":${id},"Err":"","Root":{"/":"${root}"},"Source":"import","FilePath":"${source}"`)
    const remove = `{"jsonrpc":"2.0","id":1,"method":"Filecoin.ClientRemoveImport","params":[${id}]}`
    expect(JSON.parse((await carport.post(remove, admin)).text).result).toBeNull()
    expect(carport.engine.imports.list()).toEqual([])
    expect(JSON.parse((await carport.post(remove, admin)).text).error.message).toContain(id)
  })

  it('imports a stream by PUT, as ClientImportLocal behind Lotus’ HTTP does', async () => {
    const put = (body: Uint8Array, token: string, method = 'PUT') =>
      fetch(`${carport.server.url}/rest/v0/import`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        body: new Uint8Array(body),
      })
    for (const size of [0, 100, 1_500_000]) {
      const response = await put(Buffer.alloc(size, 3), await carport.token('write'))
      expect(response.status).toBe(200)
      const { Cid } = (await response.json()) as { Cid: { '/': string } }
      const [row] = carport.engine.imports.list().filter(({ root }) => root === Cid['/'])
      expect(row).toMatchObject({ kind: 'self-contained', profile: 'lotus', sizeBytes: size })
    }
    expect((await put(Buffer.alloc(1), await carport.token('read'))).status).toBe(401)
    expect((await put(Buffer.alloc(1), admin, 'POST')).status).toBe(405)
  })

  it('retrieves with events', async () => {
    const source = join(carport.home, 'note.txt')
    await writeFile(source, 'x'.repeat(5000))
    const imported = (await carport.call('ClientImport', [{ Path: source }], admin)).result as { Root: unknown }
    const order = { Root: imported.Root, FromLocalCAR: 'any', Miner: 'f01000', Total: '0' }
    const out = join(carport.home, 'out.txt')
    const socket = await carport.connect(admin)
    const call = { method: 'Filecoin.ClientRetrieveWithEvents', params: [order, { Path: out, IsCAR: false }] }
    socket.send({ id: 1, ...call })
    expect(await socket.next()).toMatchObject({ id: 1, result: 1 })
    const events: Array<Record<string, unknown>> = []
    for (let frame = await socket.next(); frame.method === 'xrpc.ch.val'; frame = await socket.next())
      events.push(frame.params?.[1] as Record<string, unknown>)
    expect(events[0]).toMatchObject({ Event: 0, Status: 0, BytesReceived: 0 })
    expect(events.at(-1)).toMatchObject({ Event: 25, Status: 15, Err: '', FundsSpent: '0' })
    expect((await stat(out)).size).toBe(5000)
    socket.send({ id: 2, ...call })
    expect(await socket.next()).toMatchObject({ id: 2, error: { code: 1, message: expect.stringContaining('exists') } })
    await socket.close()
    expect((await carport.call('ClientRetrieve', [order, null], admin)).result).toBeNull()
  })
})

describe('the client’s deals and retrievals', () => {
  it('are listed as Lotus lists them, without prices and addresses', async () => {
    const source = join(carport.home, 'photo.raw')
    await writeFile(source, Buffer.alloc(1_200_000, 7))
    const imported = (await carport.call('ClientImport', [{ Path: source }], admin)).result as { Root: { '/': string } }
    const root = imported.Root['/']
    const { dealId } = await carport.engine.deals.propose({ root, provider: null })
    await carport.engine.deals.wait(dealId)
    const deals = (await carport.call('ClientListDeals', [], admin)).result as Array<Record<string, unknown>>
    expect(deals).toHaveLength(1)
    const [deal = {}] = deals
    expect(deal).toMatchObject({
      ...{ State: 7, Provider: '<empty>', PricePerEpoch: '0', DealID: 0, Verified: false, TransferChannelID: null },
      Size: ((2 << 20) / 128) * 127,
      DataRef: { TransferType: 'http', Root: { '/': root }, PieceCid: deal.PieceCID },
    })
    const stages = (deal.DealStages as { Stages: Array<{ Name: string }> }).Stages
    expect(stages.at(-1)?.Name).toBe('StorageDealActive')
    expect((await carport.call('ClientGetDealInfo', [deal.ProposalCid], admin)).result).toEqual(deal)
    expect((await carport.call('ClientGetDealInfo', [{ '/': root }], admin)).error?.message).toContain('is no deal')
    expect((await carport.call('ClientGetDealStatus', [7], admin)).result).toBe('StorageDealActive')
    expect((await carport.call('ClientGetDealStatus', [99], admin)).error?.message).toBe('no such deal state 99')

    const out = join(carport.home, 'part.car')
    const order = { Root: imported.Root, FromLocalCAR: 'any', DataSelector: 'Links/1/Hash' }
    expect((await carport.call('ClientRetrieve', [order, { Path: out, IsCAR: true }], admin)).result).toBeNull()
    expect((await stat(out)).size).toBeLessThan(200_000)
    const [retrieval] = (await carport.call('ClientListRetrievals', [], admin)).result as Array<Record<string, unknown>>
    expect(retrieval).toMatchObject({ PayloadCID: imported.Root, Status: 15, TotalPaid: '0', PieceCID: null })
    expect(retrieval?.Provider).toMatch(/^1/)
    const nothing = { ...order, DataSelector: 'Links/9/Hash' }
    expect((await carport.call('ClientRetrieve', [nothing, null], admin)).error?.message).toContain(
      'nothing at Links/9',
    )
  })

  it('are told of again as they change', async () => {
    const source = join(carport.home, 'photo.raw')
    await writeFile(source, Buffer.alloc(200_000, 7))
    const imported = (await carport.call('ClientImport', [{ Path: source }], admin)).result as { Root: { '/': string } }
    const socket = await carport.connect(admin)
    socket.send({ id: 1, method: 'Filecoin.ClientGetDealUpdates', params: [] })
    expect(await socket.next()).toMatchObject({ id: 1, result: 1 }) // though there is no deal yet
    const { dealId } = await carport.engine.deals.propose({ root: imported.Root['/'], provider: null })
    await carport.engine.deals.wait(dealId)
    for (;;) {
      const { params } = await socket.next()
      if ((params?.[1] as { State?: number } | undefined)?.State === 7) break
    }
    socket.send({ method: 'xrpc.cancel', params: [1] })
    await socket.close()
  })
})

describe('pieces and blocks', () => {
  it('are found as lotus-miner and Boost find them', async () => {
    await registerAll()
    for (const piece of carport.pieces) await carport.engine.dagstore.initialize(piece)
    const [piece = ''] = carport.pieces
    const links = carport.pieces.map((each) => ({ '/': each }))
    expect((await carport.call('PiecesListPieces', [], admin)).result).toEqual(expect.arrayContaining(links))
    expect((await carport.call('PiecesGetPieceInfo', [{ '/': piece }], admin)).result).toEqual({
      PieceCID: { '/': piece },
      Deals: [],
    })
    const absent = { '/': 'baga6ea4seaqdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy' }
    expect((await carport.call('PiecesGetPieceInfo', [absent], admin)).error?.message).toContain(absent['/'])

    const { entries } = await carport.engine.dagstore.indexEntries(piece, { from: 0, limit: 1 })
    const [{ multihash = '', offset = 0 } = {}] = entries
    const bytes = Buffer.from(multihash, 'hex')
    const cid = { '/': CID.createV1(0x55, decodeDigest(bytes)).toString() }
    const info = (await carport.call('PiecesGetCIDInfo', [cid], admin)).result as {
      PieceBlockLocations: Array<{ RelOffset: number; BlockSize: number; PieceCID: { '/': string } }>
    }
    expect(info.PieceBlockLocations).toContainEqual({
      ...{ RelOffset: offset, PieceCID: { '/': piece } },
      BlockSize: expect.any(Number),
    })
    const size = (await carport.call('BlockstoreGetSize', [cid], admin)).result as number
    const block = Buffer.from((await carport.call('BlockstoreGet', [cid], admin)).result as string, 'base64')
    expect(block).toHaveLength(size)
    expect((await carport.call('BlockstoreHas', [cid], admin)).result).toBe(true)
    expect((await carport.call('BlockstoreHas', [absent], admin)).result).toBe(false)
    expect((await carport.call('BlockstoreGet', [absent], admin)).error?.message).toContain('No shard holds')
    expect(
      (await carport.call('BoostDagstorePiecesContainingMultihash', [bytes.toString('base64')], admin)).result,
    ).toEqual(expect.arrayContaining([{ '/': piece }]))
    const unknown = Buffer.from('1204deadbeef', 'hex').toString('base64')
    expect((await carport.call('BoostDagstorePiecesContainingMultihash', [unknown], admin)).error?.message).toBe(
      'failed to lookup index for mh 1204deadbeef, err: datastore: key not found',
    )
  })

  it('lose a shard as Boost destroys it', async () => {
    await registerAll()
    const [piece = ''] = carport.pieces
    const accessor = await carport.engine.dagstore.acquire(piece)
    const why = async (key: string) => (await carport.call('BoostDagstoreDestroyShard', [key], admin)).error?.message
    expect(await why(piece)).toBe('failed to destroy shard: failed to destroy shard; active references: 1')
    await accessor.close()
    expect((await carport.call('BoostDagstoreDestroyShard', [piece], admin)).result).toBeNull()
    expect(await why(piece)).toBe('unable to query dagstore for shard info: shard not found')
    const token = await carport.token('write')
    expect((await carport.call('BoostDagstoreGC', [], token)).error?.message).toContain("need 'admin'")
    expect((await carport.call('BoostDagstoreListShards', [], token)).result).toHaveLength(2)
  })
})

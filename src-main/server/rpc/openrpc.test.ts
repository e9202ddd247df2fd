import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import { decode as decodeDigest } from 'multiformats/hashes/digest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../../engine/testing/fixtures.ts'
import { rpcMethods } from './index.ts'
import { openRpcDocument } from './openrpc.ts'
import { documentedMethods, expectAsDocumented } from './testing/documented-method.ts'
import { PIECE_FILES, RunningCarport } from './testing/running-carport.ts'

let carport: RunningCarport
let admin: string
beforeAll(async () => {
  carport = await RunningCarport.start()
  admin = await carport.token('admin')
})
afterAll(() => carport.stop())

const answered = new Set<string>()
const document = openRpcDocument(rpcMethods())

/** Calls a method, whose answer is held against the document. */
async function call(method: string, ...params: unknown[]): Promise<unknown> {
  const { result, error } = await carport.call(method, params, admin)
  expect(error, method).toBeUndefined()
  answered.add(method)
  return result
}

/** Takes values of a channel until there are `count`, or it ends. */
async function values(method: string, count: number, ...params: unknown[]): Promise<unknown[]> {
  const socket = await carport.connect(admin)
  socket.send({ id: 1, method: `Filecoin.${method}`, params })
  expect(await socket.next()).toMatchObject({ id: 1, result: 1 })
  const taken: unknown[] = []
  while (taken.length < count) {
    const frame = await socket.next()
    if (frame.method === 'xrpc.ch.close') break
    expectAsDocumented(method, params, frame.params?.[1])
    taken.push(frame.params?.[1])
  }
  await socket.close()
  if (taken.length > 0) answered.add(method)
  return taken
}

describe('the OpenRPC document', () => {
  it('is what the methods are, and resources/openrpc.json holds it', async () => {
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(resolve('resources/openrpc.json'))
    expect(await call('Discover')).toEqual(document)
    const asSpecified = await carport.post('{"jsonrpc":"2.0","id":1,"method":"rpc.discover","params":[]}', admin)
    expect(JSON.parse(asSpecified.text).result).toEqual(document)
    const names = documentedMethods.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual([...names].sort())
  })

  it('is kept by every method, whatever it is asked and answers', async () => {
    await call('Version')
    await call('AuthVerify', Buffer.from(String(await call('AuthNew', ['read'])), 'base64').toString())

    const [first = '', second = '', third = ''] = carport.pieces
    await call('DagstoreRegisterShard', first)
    await call('BoostDagstoreRegisterShard', second)
    await carport.engine.dagstore.registerPiece(third, { lazy: true })
    await call('DagstoreInitializeShard', third)
    for (const [recover, initializeAll, key] of [
      ['DagstoreRecoverShard', 'DagstoreInitializeAll', first],
      ['BoostDagstoreRecoverShard', 'BoostDagstoreInitializeAll', second],
    ] as const) {
      await carport.engine.dagstore.destroy(key)
      await carport.engine.pieces.remove(CID.parse(key))
      await carport.engine.dagstore.registerPiece(key, { lazy: true })
      // One event when it begins, one when it has failed: no source has the piece.
      expect(await values(initializeAll, 9, { MaxConcurrency: 1, IncludeSealed: true })).toHaveLength(2)
      await carport.engine.dagstore.settled()
      for (const name of PIECE_FILES) await carport.engine.pieces.add(fixture(`car/generated/${name}`))
      await call(recover, key)
    }
    await carport.engine.dagstore.destroy(second)
    await carport.engine.dagstore.registerPiece(second, { lazy: true })
    await call('BoostDagstoreInitializeShard', second)
    expect(await call('DagstoreListShards')).toHaveLength(3)
    expect(await call('BoostDagstoreListShards')).toHaveLength(3)
    for (const method of ['DagstoreGC', 'BoostDagstoreGC']) await call(method)

    const { entries } = await carport.engine.dagstore.indexEntries(first, { from: 0, limit: 1 })
    const multihash = Buffer.from(entries[0]?.multihash ?? '', 'hex')
    const block = { '/': CID.createV1(0x55, decodeDigest(multihash)).toString() }
    expect(await call('DagstoreLookupPieces', block)).not.toEqual([])
    expect(await call('BoostDagstorePiecesContainingMultihash', multihash.toString('base64'))).not.toEqual([])
    for (const method of ['BlockstoreGet', 'BlockstoreGetSize', 'BlockstoreHas', 'PiecesGetCIDInfo'])
      await call(method, block)
    expect(await call('PiecesListPieces')).toHaveLength(3)
    await call('PiecesGetPieceInfo', { '/': first })
    await call('BoostDagstoreDestroyShard', third)

    const path = join(carport.home, 'photo.raw')
    await writeFile(path, Buffer.alloc(1_200_000, 7))
    const ref = { Path: path, IsCAR: false }
    const { Root } = (await call('ClientImport', ref)) as { Root: { '/': string } }
    const [row] = carport.engine.imports.list()
    for (const method of ['ClientHasLocal', 'ClientDealSize', 'ClientDealPieceCID']) await call(method, Root)
    await call('ClientGenCar', ref, `${path}.car`)
    await call('ClientCalcCommP', `${path}.car`)
    await call('ClientListImports')
    const { dealId } = await carport.engine.deals.propose({ root: Root['/'], provider: null })
    await carport.engine.deals.wait(dealId)
    const [deal] = (await call('ClientListDeals')) as Array<{ ProposalCid: unknown }>
    await call('ClientGetDealInfo', deal?.ProposalCid)
    await call('ClientGetDealStatus', 7)
    expect(await values('ClientGetDealUpdates', 1)).toHaveLength(1)

    const order = { Root, FromLocalCAR: 'any', DataSelector: null, Total: '0' }
    await call('ClientRetrieve', order, { Path: `${path}.out`, IsCAR: false })
    const selector = '{"R":{"l":{"depth":2},":>":{"a":{">":{"@":{}}}}}}'
    await call('ClientRetrieve', { ...order, DataSelector: selector }, { Path: `${path}.top.car`, IsCAR: true })
    expect(await values('ClientRetrieveWithEvents', 99, order, null)).not.toEqual([])
    const retrievals = (await call('ClientListRetrievals')) as unknown[]
    expect(retrievals).toHaveLength(3)
    expect(await values('ClientGetRetrievalUpdates', 3)).toHaveLength(3)
    const [retrieval] = carport.engine.retrievals.list()
    await callWithId('ClientCancelRetrievalDeal', retrieval?.dealId ?? '')
    await callWithId('ClientRemoveImport', row?.id ?? '')

    expect([...answered].sort()).toEqual(documentedMethods.map(({ name }) => name.replace('Filecoin.', '')))
  })
})

/** With an id of 64 bits as it is: JSON.stringify would round it. */
async function callWithId(method: string, id: string): Promise<void> {
  const body = `{"jsonrpc":"2.0","id":1,"method":"Filecoin.${method}","params":[${id}]}`
  const { result, error } = JSON.parse((await carport.post(body, admin)).text)
  expect(error, method).toBeUndefined()
  expectAsDocumented(method, [Number(id)], result)
  answered.add(method)
}

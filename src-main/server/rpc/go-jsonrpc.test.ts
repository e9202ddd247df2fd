import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../../src-shared/version.ts'
import { fixture } from '../../engine/testing/fixtures.ts'
import { goProgram } from '../../engine/testing/go-program.ts'
import { loopbackServer, serveRange } from '../../engine/testing/loopback-server.ts'
import { PIECE_FILES, RunningCarport } from './testing/running-carport.ts'

/** go-jsonrpc itself as the caller: interop/go-jsonrpc, where there is a Go that has, or can get, its modules. */
const program = await goProgram('go-jsonrpc')
const run = promisify(execFile)

interface Report {
  version: { Version: string; APIVersion: number }
  auth: string[]
  initializeAll: string | Array<{ Key: string; Event: string; Success: boolean; Total: number }>
  shards: Array<{ Key: string; State: string; Error: string }>
  initializeTwice: string
  recoverHealthy: string
  registerAgain: string
  initializeUnknown: string
  lookupUnknown: { error: string }
  gc: unknown[]
  hasLocal: boolean
  piece: { PayloadSize: number; PieceSize: number; PieceCID: { '/': string } }
  imports: Array<{ Err: string; Root: { '/': string }; FilePath: string }>
  remove: string
  removeAgain: string
  missingFile: { error: string }
  cancel?: string
  genCar: string
  commP: { Root: { '/': string }; Size: number }
  retrievePart: string
  retrievePicked: string
  cancelEnded: string
  size: { PayloadSize: number; PieceSize: number }
  boostShards: unknown[]
  boostGC: unknown[]
  boostRegister: string
  boostInitialize: string
  boostRecover: string
  discover: string
  retrievals: Array<{ Status: number; Provider: string }>
  deals: unknown[]
  dealUnknown: { error: string }
  dealStatus: string
  dataTransfers: { error: string }
  pieces: Array<{ '/': string }>
  pieceInfo: { PieceCID: { '/': string }; Deals: unknown[] }
  cidInfoUnknown: { error: string }
  blockHas: boolean
  blockGetUnknown: { error: string }
  blockInline: string
  blockInlineSize: number
  multihashUnknown: { error: string }
  destroyUnknown: string
  retrieve?: { Event: number; Status: number; Err: string }
  removeRetrieved?: string
  updates?: string
}

type Event = Exclude<Report['initializeAll'], string>[number] & { Error: string; Current: number }

interface LostReport {
  first: Event[]
  whileLost: string
  version: string
  before: Report['shards']
  again: Event[]
  after: Report['shards']
  told: number
}

interface Answer {
  status: number
  body: string
}

interface Comparison {
  body: string
  here: Answer
  there: Answer
  failed?: string
}

describe.skipIf(program === null)('a client that uses go-jsonrpc', () => {
  let carport: RunningCarport
  let source: string

  beforeAll(async () => {
    carport = await RunningCarport.start()
    source = join(carport.home, 'photo.raw')
    await writeFile(source, Buffer.alloc(3_000_000, 1))
  }, 300_000)
  afterAll(() => carport.stop())

  async function call(address: string): Promise<{ report: Report; text: string }> {
    const { stdout } = await run(program ?? '', ['calls', address, await carport.token('admin'), source])
    return { report: JSON.parse(stdout) as Report, text: stdout }
  }

  function expectCommon({ report, text }: { report: Report; text: string }): void {
    expect(report.version).toMatchObject({ Version: `${VERSION}+carport`, APIVersion: 0x010200 })
    expect(report.auth).toEqual(['read', 'write'])
    expect(report.initializeUnknown).toBe('failed to get shard info: shard not found')
    expect(report.lookupUnknown.error).toBe('failed to lookup index for mh 0000, err: datastore: key not found')
    expect(report.gc).toEqual([])
    expect(report.hasLocal).toBe(true)
    expect(report.piece).toMatchObject({ PieceSize: 2 << 20 })
    expect(report.imports).toMatchObject([{ Err: '', FilePath: source }])
    expect(report.remove).toBe('')
    const importId = /"ImportID":(\d{19})\b/.exec(text)?.[1] ?? 'none'
    expect(report.removeAgain).toContain(importId)
    expect(report.missingFile.error).toContain('does not exist')
    expect([report.genCar, report.retrievePart, report.retrievePicked, report.cancelEnded]).toEqual(['', '', '', ''])
    expect(report.size).toEqual({ PayloadSize: report.piece.PayloadSize, PieceSize: report.piece.PieceSize })
    expect([report.boostShards, report.boostGC]).toEqual([report.shards, []])
    expect(report.boostRegister).toMatch(/^parsing shard key as piece cid: /)
    const unknown = 'failed to get shard info: shard not found'
    expect([report.boostInitialize, report.boostRecover]).toEqual([unknown, unknown])
    expect(report.discover).toBe('1.2.6')
    expect(report.commP).toEqual({ Root: report.piece.PieceCID, Size: ((2 << 20) / 128) * 127 })
    expect(report.retrievals[0]).toMatchObject({ Status: 15, Provider: expect.stringMatching(/^1/) })
    expect(report.deals).toEqual([])
    expect(report.dealUnknown.error).toContain('is no deal of this client')
    expect(report.dealStatus).toBe('StorageDealActive')
    expect(report.dataTransfers.error).toContain("method 'Filecoin.ClientListDataTransfers' not found")
    expect(report.pieces).toEqual(expect.arrayContaining(carport.pieces.map((piece) => ({ '/': piece }))))
    expect(report.pieceInfo).toMatchObject({ PieceCID: report.pieces[0], Deals: [] })
    expect(report.cidInfoUnknown.error).toContain('No piece holds')
    expect(report.blockHas).toBe(false)
    expect(report.blockGetUnknown.error).toContain('No shard holds')
    expect(Buffer.from(report.blockInline, 'base64').toString()).toBe('identity')
    expect(report.blockInlineSize).toBe(8)
    expect(report.multihashUnknown.error).toMatch(/^failed to lookup index for mh 1204deadbeef, err: datastore/)
    expect(report.destroyUnknown).toBe('unable to query dagstore for shard info: shard not found')
  }

  it('over HTTP', async () => {
    const answered = await call(carport.url)
    for (const name of ['car', 'part.car', 'picked.car']) await rm(`${source}.${name}`)
    expectCommon(answered)
    expect(answered.report.initializeAll).toBe(
      "RPC error (-32601): method 'Filecoin.DagstoreInitializeAll' not supported in this mode (no out channel support)",
    )
    expect(answered.report.shards).toEqual([])
  })

  it('over a WebSocket, channels included', async () => {
    for (const piece of carport.pieces) await carport.engine.dagstore.registerPiece(piece, { lazy: true })
    const answered = await call(carport.url.replace('http', 'ws'))
    expectCommon(answered)
    const { report } = answered
    const events = report.initializeAll as Exclude<Report['initializeAll'], string>
    expect(events.filter(({ Event }) => Event === 'start')).toHaveLength(3)
    expect(events.filter(({ Event, Success, Total }) => Event === 'end' && Success && Total === 3)).toHaveLength(3)
    expect(report.shards).toEqual(carport.pieces.map((Key) => ({ Key, State: 'ShardStateAvailable', Error: '' })))
    expect(report.initializeTwice).toBe(
      'cannot initialize shard; expected state ShardStateNew, was: ShardStateAvailable',
    )
    expect(report.recoverHealthy).toBe(
      'cannot recover shard; expected state ShardStateErrored, was: ShardStateAvailable',
    )
    expect(report.registerAgain).toBe('')
    expect(report.cancel).toBe('')
    expect(report.retrieve).toMatchObject({ Event: 25, Status: 15, Err: '' })
    expect([report.removeRetrieved, report.updates]).toEqual(['', ''])
  })

  it('loses its connection in the middle of two channels, and goes on with another that it makes itself', async () => {
    const car = await readFile(fixture(`car/generated/${PIECE_FILES[0]}`))
    let letGo = () => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const server = await loopbackServer(async (request, response) => {
      if (request.method === 'GET' && request.url === '/1.car') await held
      serveRange(car, request, response, { etag: '"1"', 'accept-ranges': 'bytes' })
    })
    const { dagstore } = carport.engine
    const held1 = 'lost 1'
    const keys = [held1, 'lost 2', 'lost 3']
    for (const [at, key] of keys.entries()) await dagstore.register(key, `${server.url}/${at + 1}.car`, { lazy: true })
    const statesIn = (shards: Report['shards']) =>
      keys.map((key) => shards.find(({ Key }) => Key === key)?.State.replace('ShardState', ''))

    const address = carport.url.replace('http', 'ws')
    const { stdout } = await run(program ?? '', ['lost', address, await carport.token('admin'), source])
    const report = JSON.parse(stdout) as LostReport
    const event = (Key: string, Event: 'start' | 'end', Current: number, Total: number) => ({
      ...{ Key, Event, Success: Event === 'end', Error: '', Current, Total },
    })
    expect(report.first).toEqual([event(held1, 'start', 1, 3)])
    expect(report.whileLost).toContain('websocket')
    expect(report.version).toBe(`${VERSION}+carport`)
    // What was under way goes on; nothing more was begun for a caller who is gone.
    expect(statesIn(report.before)).toEqual(['Initializing', 'New', 'New'])
    expect(report.again).toEqual(
      ['lost 2', 'lost 3'].flatMap((key, at) => [event(key, 'start', at + 1, 2), event(key, 'end', at + 1, 2)]),
    )
    expect(statesIn(report.after)).toEqual(['Initializing', 'Available', 'Available'])
    expect(report.told).toBe(15)
    letGo()
    await expect.poll(() => dagstore.info(held1).state).toBe('Available')
    const runs = () => dagstore.bulk.list().map(({ total, state }) => [total, state])
    await expect.poll(runs).toEqual(
      expect.arrayContaining([
        [3, 'stopped'],
        [2, 'done'],
      ]),
    )
    await server.close()
  })
})

describe.skipIf(program === null)('a batch', () => {
  let carport: RunningCarport
  beforeAll(async () => {
    carport = await RunningCarport.start()
  })
  afterAll(() => carport.stop())

  const version = '{"jsonrpc":"2.0","id":1,"method":"Filecoin.Version","params":[]}'
  const list = '{"jsonrpc":"2.0","id":"two","method":"Filecoin.DagstoreListShards","params":[]}'
  const unknown = '{"jsonrpc":"2.0","id":3,"method":"Filecoin.Nothing","params":[]}'
  const fails = '{"jsonrpc":"2.0","id":4,"method":"Filecoin.DagstoreInitializeShard","params":["no-such-shard"]}'
  const tooMany = '{"jsonrpc":"2.0","id":5,"method":"Filecoin.Version","params":[1]}'
  const channel =
    '{"jsonrpc":"2.0","id":6,"method":"Filecoin.DagstoreInitializeAll","params":[{"MaxConcurrency":1,"IncludeSealed":false}]}'
  const noParams = '{"jsonrpc":"2.0","id":7,"method":"Filecoin.Version"}'
  const named = '{"jsonrpc":"2.0","id":8,"method":"Filecoin.AuthVerify","params":{"token":"x"}}'
  const wrongType = '{"jsonrpc":"2.0","id":9,"method":"Filecoin.AuthVerify","params":[7]}'
  const fraction = '{"jsonrpc":"2.0","id":1.5,"method":"Filecoin.Version","params":[]}'
  const note = '{"jsonrpc":"2.0","method":"Filecoin.Version","params":[]}'

  /** Of what go-jsonrpc's own server answers, which says nothing of Carport's values and words. */
  const shapeOf = ({ status, body }: Answer) => {
    const shape = (each: { id: unknown; error?: { code: number } }) => [each.id, each.error?.code ?? 'result']
    const parsed: unknown = body.trim() === '' ? null : JSON.parse(body)
    return [status, Array.isArray(parsed) ? parsed.map(shape) : parsed === null ? null : shape(parsed as never)]
  }

  async function compare(bodies: string[]): Promise<Comparison[]> {
    const running = run(program ?? '', ['batches', carport.url, await carport.token('admin')])
    running.child.stdin?.end(JSON.stringify(bodies))
    return JSON.parse((await running).stdout) as Comparison[]
  }

  it('is answered as go-jsonrpc’s own server answers it, whatever is in it', async () => {
    const all = [version, list, unknown, fails, tooMany, channel, noParams, named, wrongType, fraction]
    const bodies = [
      ...[version, unknown, fails, tooMany, channel, noParams, named, wrongType, fraction, note],
      ...all.map((each) => `[${each}]`),
      ...[`[${all}]`, `[${[...all].reverse()}]`, ` \n[ ${version} , ${list} ]\r\n `, `[${Array(500).fill(list)}]`],
      ...['[]', '[ ]', '', '  ', '{', '[', `[${version}`, `[${version},]`, `[${version}${list}]`],
    ]
    const compared = await compare(bodies)
    expect(compared).toHaveLength(bodies.length)
    for (const { body, here, there, failed } of compared)
      expect([body, failed, ...shapeOf(here)]).toEqual([body, undefined, ...shapeOf(there)])
  })

  it('is answered with JSON where go-jsonrpc’s server is not', async () => {
    const [notes, mixed, ids] = await compare([
      `[${note}]`,
      `[${note},${version},${note},${list}]`,
      `[{"id":[],"method":"Filecoin.Version"},${version}]`,
    ])
    for (const each of [mixed, ids]) expect(() => JSON.parse(each?.there.body ?? '')).toThrow()
    expect(notes?.here).toEqual({ status: 200, body: '' })
    expect(shapeOf(mixed?.here as Answer)).toEqual([
      200,
      [
        [1, 'result'],
        ['two', 'result'],
      ],
    ])
    expect(shapeOf(ids?.here as Answer)).toEqual([
      200,
      [
        [null, -32_700],
        [1, 'result'],
      ],
    ])
  })
})

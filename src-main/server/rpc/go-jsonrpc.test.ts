import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../../src-shared/version.ts'
import { goProgram } from '../../engine/testing/go-program.ts'
import { RunningCarport } from './testing/running-carport.ts'

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
    const { stdout } = await run(program ?? '', [address, await carport.token('admin'), source])
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
})

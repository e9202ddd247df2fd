import { readFileSync } from 'node:fs'
import { fixture } from '../../testing/fixtures.ts'

/** What Lotus did with the repositories of the fixtures. */

interface ExpectedDeal {
  key: string
  proposalCid?: string
  pieceCid: string
  state: number
  stateName: string
  dealId: string
  eligible: boolean
}
export interface ExpectedMiner {
  deals: ExpectedDeal[]
  shards: string[]
  totals: { deals: number; registered: number }
  migrationLog: Array<{ level: string; msg: string; fields?: Record<string, string> }>
  pieces: Array<{ pieceCid: string; fetch: string; unpaddedSize: number }>
}
export const readExpected = <Value>(path: string) => JSON.parse(readFileSync(fixture(path), 'utf8')) as Value
export const v1 = readExpected<ExpectedMiner>('lotus-miner/expected.json')
/** From Lotus v1.17 on. */
export const v2 = readExpected<ExpectedMiner>('lotus-miner/after-lotus-v1.25/expected.json')
/** Of the shards that Lotus registers. */
export const UNREADABLE = v1.shards.filter(
  (key) => !v1.pieces.some(({ pieceCid, fetch }) => pieceCid === key && fetch.startsWith('unsealed')),
).length

import type {
  DealView,
  ImportView,
  LogLine,
  PieceView,
  RetrievalView,
  ShardView,
  TransferView,
} from '../../../src-shared/contract/index.ts'
import { Chance } from './chance.ts'
import { dealsOf } from './fixture-deals.ts'
import { importsOf } from './fixture-imports.ts'
import { logsOf } from './fixture-logs.ts'
import { pieceOf } from './fixture-pieces.ts'
import { retrievalsOf } from './fixture-retrievals.ts'
import { shardsOf } from './fixture-shards.ts'
import { transfersOf } from './fixture-transfers.ts'

/** A Carport that has been used for a while: every state of every kind occurs. */
export interface FixtureWorld {
  imports: ImportView[]
  deals: DealView[]
  retrievals: RetrievalView[]
  transfers: TransferView[]
  shards: ShardView[]
  pieces: PieceView[]
  logs: LogLine[]
}

export const EMPTY_WORLD: FixtureWorld = {
  imports: [],
  deals: [],
  retrievals: [],
  transfers: [],
  shards: [],
  pieces: [],
  logs: [],
}

export function fullWorld(shardCount = 160): FixtureWorld {
  const chance = new Chance(7)
  const imports = importsOf(chance)
  const pieces = Array.from({ length: 46 }, (_, at) => pieceOf(chance, at))
  return {
    imports,
    deals: dealsOf(chance, imports, pieces),
    retrievals: retrievalsOf(chance, imports),
    transfers: transfersOf(chance),
    shards: shardsOf(chance, pieces, shardCount),
    pieces,
    logs: logsOf(chance, imports),
  }
}

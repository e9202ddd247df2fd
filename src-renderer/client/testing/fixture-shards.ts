import type { PieceView, ShardView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { GIB } from './fixture-values.ts'

export function shardsOf(chance: Chance, pieces: readonly PieceView[], count: number): ShardView[] {
  const keys = pieces.filter(({ hasShard }) => hasShard).map(({ pieceCid }) => pieceCid)
  return Array.from({ length: count }, (_, at): ShardView => {
    const key = keys[at] ?? chance.pieceCid()
    const state =
      at % 13 === 6
        ? 'Errored'
        : at % 19 === 3
          ? 'New'
          : at % 47 === 8
            ? 'Initializing'
            : at % 31 === 2
              ? 'Serving'
              : 'Available'
    const sizeBytes = Math.round((1 + chance.next() * 31) * GIB)
    const indexed = state === 'Available' || state === 'Serving'
    return {
      key,
      state,
      error: state === 'Errored' ? shardError(at, key) : null,
      url: `lotus://${key}`,
      lazy: at % 3 === 0,
      transientPath: indexed && at % 4 === 0 ? `/home/ada/.carport/dagstore/transients/${key}` : null,
      sizeBytes: state === 'New' ? null : sizeBytes,
      indexBytes: indexed ? Math.round(sizeBytes / 26_000) : null,
      readers: state === 'Serving' ? 1 + (at % 3) : 0,
    }
  })
}

function shardError(at: number, key: string): string {
  const errors = [
    `No source has piece ${key}.`,
    `Only a sealed copy of piece ${key} exists; it has to be unsealed first.`,
    `The shard ${key} has no index: /home/ada/.carport/dagstore/index/${key}.full.idx does not exist.`,
    `http://10.0.7.21:12310/piece/${key} answers 503: it cannot serve now.`,
  ]
  return errors[[0, 1, 1, 2, 0, 3, 1][at % 7] ?? 0] ?? ''
}

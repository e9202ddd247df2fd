import { setImmediate } from 'node:timers/promises'
import { IDENTITY_CODE, IndexBuilder, type IndexCodec } from '../car/index.ts'
import type { BlockTable } from './block-table.ts'

export interface TableIndexOptions {
  codec: IndexCodec
  /** Index identity CIDs too. */
  identity: boolean
  /** Added to every offset of the table. Default 0. */
  offsetBase?: number
}

/** How many records are added before others may run: about 10 ms. */
const RECORDS_AT_ONCE = 50_000

/** The index of the sections in a table; close it after use. Equal digests stay in section order, as go-car has them. */
export async function indexOfTable(table: BlockTable, options: TableIndexOptions): Promise<IndexBuilder> {
  const { codec, identity, offsetBase = 0 } = options
  const builder = new IndexBuilder({ codec })
  for (let entry = 0; entry < table.count; entry++) {
    const multihash = table.multihash(entry)
    if (!identity && multihash[0] === IDENTITY_CODE) continue
    builder.add(multihash, offsetBase + table.offset(entry))
    if (entry % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await setImmediate()
  }
  return builder
}

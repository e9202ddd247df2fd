/**
 * Branded identifiers. All are strings: Lotus' import and deal ids are nanosecond counters above 2^53,
 * which a JavaScript number cannot hold.
 */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type ImportId = Branded<'ImportId'>
export type DealId = Branded<'DealId'>
export type TransferId = Branded<'TransferId'>
/** A piece CID string where Carport or Lotus made the shard; any string in a foreign dagstore. */
export type ShardKey = Branded<'ShardKey'>

export const importId = (text: string): ImportId => text as ImportId
export const dealId = (text: string): DealId => text as DealId
export const transferId = (text: string): TransferId => text as TransferId
export const shardKey = (text: string): ShardKey => text as ShardKey

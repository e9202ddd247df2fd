import type { Finding, FindResult, ImportView, ShardView } from '../../../src-shared/contract/index.ts'

interface Known {
  imports: ImportView[]
  shards: ShardView[]
}

/** Imports by name or root, shards and their pieces by key; any other CID is a block of the first import and shard. */
export function mockFind(text: string, { imports, shards }: Known): FindResult {
  const part = text.toLowerCase()
  const isCid = /^(baf|Qm)\w{30}/.test(text)
  const named = imports.filter(({ source, root }) => source.toLowerCase().includes(part) || root === text)
  const keyed = shards.filter(({ key }) => key === text)
  const findings: Finding[] = [
    ...named.map(({ id, source }) => ({ kind: 'import' as const, id, title: source, subtitle: 'Import', block: null })),
    ...keyed.flatMap(({ key, state }) => [
      { kind: 'piece' as const, id: key, title: key, subtitle: 'Piece of 32 GiB', block: null },
      { kind: 'shard' as const, id: key, title: key, subtitle: `Shard, ${state}`, block: null },
    ]),
  ]
  const [first] = imports
  const [shard] = shards.filter(({ state }) => state === 'Available')
  if (isCid && findings.length === 0 && text.startsWith('bafk') && first !== undefined && shard !== undefined)
    findings.push(
      { kind: 'import', id: first.id, title: first.source, subtitle: 'Import that holds this block', block: text },
      { kind: 'block', id: shard.key, title: shard.key, subtitle: 'Block in a shard, Available', block: text },
    )
  return {
    findings,
    readAs: keyed.length > 0 ? ['Piece CID v1'] : isCid ? ['CIDv1, raw, sha2-256'] : [],
    searched: [
      `${imports.length} imports${isCid ? ' and the blocks in them' : ''}`,
      '6 deals',
      '4 retrievals',
      '160 pieces',
      `${shards.length} shards`,
      ...(isCid ? ['the indexes of 137 shards'] : []),
    ],
  }
}

import { describe, expect, it } from 'vitest'
import type { Client } from '../../../client/index.ts'
import { selectShards } from './select-shards.ts'

describe('naming shards to the engine', () => {
  it('sends a hundred thousand in parts that fit', async () => {
    const parts: number[] = []
    const gather = ({ selectionId, keys }: { selectionId: string | null; keys: string[] }) => {
      parts.push(keys.length)
      return Promise.resolve({ selectionId: selectionId ?? 'made', count: keys.length })
    }
    const client = { bulk: { gather } } as unknown as Client
    const keys = Array.from({ length: 100_000 }, (_, at) => `k${at}`)
    expect(await selectShards(client, keys)).toEqual({ kind: 'gathered', selectionId: 'made' })
    expect(parts).toEqual([20_000, 20_000, 20_000, 20_000, 20_000])
    expect(await selectShards(client, ['a'])).toEqual({ kind: 'keys', keys: ['a'] })
  })
})

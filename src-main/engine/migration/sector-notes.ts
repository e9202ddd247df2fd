import { type LongWorkOptions, throwIfAborted } from '../base/index.ts'
import type { RecordedSectorLocations, SectorLocation } from '../pieces/index.ts'

/** Pieces whose sectors are noted in one batch. */
const NOTES = 1000

/** Where a piece is known to be once a migration has noted what a miner says: other providers' sectors stay known. */
export function locationsAfter(here: SectorLocation[], known: SectorLocation[]): SectorLocation[] {
  const providers = new Set(here.map(({ provider }) => provider))
  return [...here, ...known.filter(({ provider }) => !providers.has(provider))]
}

/** Notes the sectors of every piece that a miner's piece store names. */
export async function noteSectors(
  found: Map<string, SectorLocation[]>,
  locations: RecordedSectorLocations,
  { signal }: LongWorkOptions,
): Promise<void> {
  let batch: Array<[string, SectorLocation[]]> = []
  const flush = async () => {
    throwIfAborted(signal)
    await locations.putAll(batch)
    batch = []
  }
  for (const [pieceCid, here] of found) {
    if (here.length === 0) continue
    batch.push([pieceCid, locationsAfter(here, await locations.find(pieceCid))])
    if (batch.length >= NOTES) await flush()
  }
  await flush()
}

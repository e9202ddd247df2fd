import type { ImportView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { GIB, MIB, minutesAgo } from './fixture-values.ts'

const SOURCES: [path: string, sizeBytes: number][] = [
  ['/srv/footage/harbour-at-dawn.mkv', 4.21 * GIB],
  ['/srv/datasets/sentinel-2-tiles-2026-10', 31.6 * GIB],
  ['/home/ada/papers/content-addressing.pdf', 2.4 * MIB],
  ['/srv/backups/postgres-2026-11-21.tar.zst', 18.3 * GIB],
  ['/srv/footage/interviews', 12.9 * GIB],
  ['/srv/datasets/ocean-temperatures.parquet', 874 * MIB],
  ['/srv/archives/newspapers-1911-1920.car', 29.8 * GIB],
  ['/home/ada/photos/2026', 6.7 * GIB],
  ['/srv/datasets/genomes/GRCh38.fa.gz', 938 * MIB],
  ['/srv/backups/mail-2026-11-01.tar', 3.1 * GIB],
  ['/srv/maps/planet-261116.osm.pbf', 78.4 * GIB],
  ['/home/ada/notes.txt', 12_480],
  ['/srv/footage/b-roll/drone-07.mov', 1.8 * GIB],
  ['/srv/datasets/weather/era5-2025.grib', 22.2 * GIB],
  ['/srv/archives/court-records.car', 8.9 * GIB],
  ['/srv/models/whisper-large-v4.safetensors', 3.09 * GIB],
]

export function importsOf(chance: Chance): ImportView[] {
  return SOURCES.map(([source, sizeBytes], at): ImportView => {
    const id = String(1795360000000000000n + BigInt(at) * 7919n)
    const kind = source.endsWith('.car') ? 'car' : at % 5 === 4 ? 'self-contained' : 'linked'
    const base: ImportView = {
      id,
      root: chance.rootCid(),
      kind,
      source,
      carPath: kind === 'car' ? source : `/home/ada/.carport/imports/${id}.car`,
      profile: kind === 'car' ? null : at % 6 === 5 ? 'lotus' : 'unixfs-v1-2025',
      sizeBytes: Math.round(sizeBytes),
      carSizeBytes: Math.round(kind === 'linked' ? sizeBytes / 4000 + 4000 : sizeBytes * 1.0004),
      blockCount: Math.ceil(sizeBytes / MIB) + 2,
      createdAt: minutesAgo(3 + at * at * 97),
      state: 'ready',
      health: 'ok',
      problem: null,
      progress: null,
    }
    return { ...base, ...importVariant(at, base) }
  })
}

function importVariant(at: number, { source, sizeBytes }: ImportView): Partial<ImportView> {
  switch (at) {
    case 0:
      return {
        state: 'importing',
        root: null,
        health: 'unchecked',
        blockCount: null,
        carSizeBytes: null,
        progress: {
          phase: 'Reading',
          doneBytes: sizeBytes * 0.37,
          totalBytes: sizeBytes,
          rate: 412 * MIB,
          etaSeconds: 7,
        },
      }
    case 4:
      return {
        health: 'broken',
        problem: {
          code: 'SOURCE_MISSING',
          message: `${source} is no longer there, and a linked import has no copy of it.`,
          remedies: ['relink', 'drop'],
        },
        kind: 'linked',
      }
    case 5:
      return {
        health: 'attention',
        problem: {
          code: 'SOURCE_CHANGED',
          message: `${source} has changed since it was imported, so parts of it may no longer match.`,
          remedies: ['reimport', 'drop'],
        },
      }
    case 9:
      return {
        state: 'failed',
        health: 'unchecked',
        root: null,
        blockCount: null,
        carSizeBytes: null,
        problem: {
          code: 'IMPORT_INTERRUPTED',
          message: 'Carport was ended while this was being imported.',
          remedies: ['retry', 'drop'],
        },
      }
    default:
      return {}
  }
}

import type { ImportView } from '../../../../src-shared/contract/index.ts'
import type { Disposable, Table } from '../../base/index.ts'
import type { CarFingerprints } from './car-fingerprints.ts'

/** Takes the fingerprints of each import when it is there, or was looked at: then a search finds them ready. */
export function printNewCars(imports: Table<ImportView>, prints: Pick<CarFingerprints, 'add'>): Disposable {
  const ending = new AbortController()
  const follow = async () => {
    for await (const event of imports.watch(ending.signal)) {
      if (event.type !== 'upsert') continue
      for (const { state, carPath } of event.rows)
        if (state === 'ready' && !ending.signal.aborted) await prints.add(carPath)
    }
  }
  follow().catch(() => {}) // without them a search takes longer, and finds the same
  return { dispose: () => ending.abort() }
}

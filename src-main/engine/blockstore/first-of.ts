import type { DagSource } from './blockstore.ts'

/** Several sources as one: the first that holds a CID opens it. */
export function firstOf(...sources: DagSource[]): DagSource {
  return {
    async open(cid, options) {
      for (const source of sources) {
        const dag = await source.open(cid, options)
        if (dag !== null) return dag
      }
      return null
    },
  }
}

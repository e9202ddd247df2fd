import type { ImportView } from '../../../src-shared/contract/index.ts'
import { baseName } from '../../components/index.ts'

/** A row with what a person calls its data: the file that was imported. null where it is not from here. */
export type Named<Row> = Row & { name: string | null }

/** The name behind each root that was imported here. Of several imports of the same data, the first. */
export function namesByRoot(imports: readonly ImportView[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { root, source } of imports) if (root !== null && !names.has(root)) names.set(root, baseName(source))
  return names
}

/** Puts names on rows. A row that did not change, under the same name, comes out as the same object. */
export class RowNamer<Row extends object> {
  readonly #named = new WeakMap<Row, Named<Row>>()

  name(rows: readonly Row[], rootOf: (row: Row) => string, names: ReadonlyMap<string, string>): Named<Row>[] {
    return rows.map((row) => {
      const name = names.get(rootOf(row)) ?? null
      const known = this.#named.get(row)
      if (known !== undefined && known.name === name) return known
      const named = { ...row, name }
      this.#named.set(row, named)
      return named
    })
  }
}

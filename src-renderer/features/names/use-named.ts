import { useMemo, useState } from 'react'
import { useServices, useTableState } from '../../state/index.ts'
import { type Named, namesByRoot, RowNamer } from './named-rows.ts'

/** The rows with the names of the imports that their roots came from. `rootOf` must be stable. */
export function useNamed<Row extends object>(rows: readonly Row[], rootOf: (row: Row) => string): Named<Row>[] {
  const { stores } = useServices()
  const imports = useTableState(stores.imports).rows
  const names = useMemo(() => namesByRoot(imports), [imports])
  const [namer] = useState(() => new RowNamer<Row>())
  return useMemo(() => namer.name(rows, rootOf, names), [namer, rows, rootOf, names])
}

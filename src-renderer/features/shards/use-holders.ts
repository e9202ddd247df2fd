import { useMemo } from 'react'
import { isCid } from '../../components/index.ts'
import { useLoaded, useServices } from '../../state/index.ts'

/** When the search is a CID: the keys of the shards that hold this block, found in the engine's index. Else null. */
export function useHolders(query: string): ReadonlySet<string> | null {
  const { client } = useServices()
  const cid = query.trim()
  const asked = isCid(cid) ? cid : null
  const found = useLoaded(asked, (signal) => client.shards.lookup({ cid }, { signal }))
  const rows = asked === null ? null : found.value
  return useMemo(() => (rows === null ? null : new Set(rows.map(({ key }) => key))), [rows])
}

import { memo, useMemo, useState } from 'react'
import { Segmented } from '../../components/index.ts'
import { DealTable } from './deal-table.tsx'
import { ImportTable } from './import-table.tsx'
import type { MigrationWork } from './migration-work.ts'
import { dealRows, importRows, shardRows } from './outcomes.ts'
import { ShardTable } from './shard-table.tsx'

type Kind = 'shards' | 'deals' | 'imports'
type Planned = Pick<MigrationWork, 'shards' | 'deals' | 'imports' | 'report'>

/** Every item of the plan, with what happens to it and why. */
export const PlanTables = memo(function PlanTables({ shards, deals, imports, report }: Planned) {
  const [kind, setKind] = useState<Kind>(shards.length === 0 && imports.length > 0 ? 'imports' : 'shards')
  const shardList = useMemo(() => shardRows(shards, report), [shards, report])
  const dealList = useMemo(() => dealRows(deals, shardList), [deals, shardList])
  const importList = useMemo(() => importRows(imports, report), [imports, report])
  const choices = [
    { value: 'shards' as const, label: `Shards ${shards.length.toLocaleString('en')}` },
    { value: 'deals' as const, label: `Deals ${deals.length.toLocaleString('en')}` },
    { value: 'imports' as const, label: `Imports ${imports.length.toLocaleString('en')}` },
  ]
  return (
    <>
      <div className="pb-3">
        <Segmented label="Items of the plan" value={kind} onChange={setKind} choices={choices} />
      </div>
      {kind === 'shards' && <ShardTable rows={shardList} />}
      {kind === 'deals' && <DealTable rows={dealList} />}
      {kind === 'imports' && <ImportTable rows={importList} />}
    </>
  )
})

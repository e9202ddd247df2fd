import { useMemo } from 'react'
import type { SystemStatus } from '../../../src-shared/contract/index.ts'
import { Button, type Fact, Facts, PathText, ScrollPage, Section, useCopy } from '../../components/index.ts'
import { useInfo, useServices, useStatus, useTableState } from '../../state/index.ts'
import { StorageSection } from '../storage/index.ts'
import { attentionOf } from './attention.ts'
import { AttentionList } from './attention-list.tsx'
import { RunningList, useRunning } from './running-list.tsx'
import { Welcome } from './welcome.tsx'

/** Is everything all right, and what should I do? */
export function OverviewScreen() {
  const { stores } = useServices()
  const { value: status } = useStatus()
  const imports = useTableState(stores.imports)
  const deals = useTableState(stores.deals)
  const retrievals = useTableState(stores.retrievals)
  const transfers = useTableState(stores.transfers)
  const pieces = useTableState(stores.pieces)
  const running = useRunning()
  const items = useMemo(
    () =>
      attentionOf({
        imports: imports.rows,
        deals: deals.rows,
        retrievals: retrievals.rows,
        transfers: transfers.rows,
        pieces: pieces.rows,
        status,
      }),
    [imports.rows, deals.rows, retrievals.rows, transfers.rows, pieces.rows, status],
  )
  const known = [imports, deals, retrievals, pieces].every((table) => table.status !== 'loading')
  const empty = known && [imports, deals, retrievals, pieces].every((table) => table.rows.length === 0)
  return (
    <ScrollPage title="Overview">
      <div className="space-y-7">
        {empty ? (
          <Welcome />
        ) : (
          <>
            <Section title={items.length === 0 ? 'State' : 'Needs attention'}>
              {known ? <AttentionList items={items} /> : <p className="text-ink-faint">Asking the engine…</p>}
            </Section>
            <Section title="Running">
              <RunningList running={running} />
            </Section>
          </>
        )}
        {status !== null && <StorageSection disk={status.disk} provider={status.roles.includes('provider')} />}
        <ThisCarport status={status} />
      </div>
    </ScrollPage>
  )
}

function ThisCarport({ status }: { status: SystemStatus | null }) {
  const info = useInfo()
  const { copied, copy } = useCopy()
  if (info === null) return null
  const { providerUrl } = info
  const facts: Fact[] = [
    [
      'Provider address',
      providerUrl === null ? (
        'The provider role is off'
      ) : (
        <span key="url" className="-my-1 inline-flex items-center gap-2">
          <span className="font-mono">{providerUrl}</span>
          <Button size="sm" kind="quiet" onClick={() => copy(providerUrl)}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        </span>
      ),
    ],
    ['Data', <PathText key="data" path={info.dataDir} />],
    ['Version', info.version],
    ['Shards', status === null ? null : total(status.shards)],
    ['Deals', status === null ? null : total(status.deals)],
  ]
  return (
    <Section title="This Carport">
      <Facts facts={facts} />
    </Section>
  )
}

function total(counts: Record<string, number>): string {
  return Object.values(counts)
    .reduce((sum, count) => sum + count, 0)
    .toLocaleString('en')
}

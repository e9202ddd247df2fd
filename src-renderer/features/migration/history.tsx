import type { MigrationRecord, MigrationStatus } from '../../../src-shared/contract/index.ts'
import { shortCid } from '../../../src-shared/format/index.ts'
import { Age, ErrorPanel, PathText, Section, StateBadge, type Tone } from '../../components/index.ts'
import { type Loaded, useLoaded, useServices } from '../../state/index.ts'
import { counted } from '../paths/index.ts'
import { unreadableText } from './plan-words.ts'

/** What was taken over before, and whether Carport's own deals are shards. Asked again when `version` changes. */
export function History({ version }: { version: string }) {
  const { client } = useServices()
  const status = useLoaded('status', (signal) => client.migration.status(undefined, { signal }), version)
  return (
    <div className="space-y-6">
      {status.status === 'failed' && <ErrorPanel error={status.error} />}
      <OwnDeals status={status} />
      {status.value !== null && status.value.lotusStoragePaths.length > 0 && (
        <Section title="Sectors that are read">
          <ul className="space-y-1 text-xs">
            {status.value.lotusStoragePaths.map((path) => (
              <li key={path}>
                <PathText path={path} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {status.value !== null && status.value.records.length > 0 && (
        <Section title="Earlier migrations">
          <ul className="divide-y divide-line rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
            {status.value.records.map((record) => (
              <RecordLine key={`${record.source}-${record.startedAt}`} record={record} />
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}

function OwnDeals({ status }: { status: Loaded<MigrationStatus> }) {
  if (status.value === null) return null
  return (
    <Section title="Deals of this Carport">
      <StateBadge
        tone={status.value.complete ? 'ok' : 'attention'}
        label={
          status.value.complete
            ? 'Every active deal has been made a shard'
            : 'Not all deals are shards yet. It is tried again at the next start.'
        }
      />
    </Section>
  )
}

const STATES: Record<MigrationRecord['state'], { tone: Tone; label: string }> = {
  running: { tone: 'working', label: 'Running' },
  done: { tone: 'ok', label: 'Done' },
  failed: { tone: 'failed', label: 'Failed' },
  interrupted: { tone: 'attention', label: 'Interrupted: run it again' },
}

function RecordLine({ record }: { record: MigrationRecord }) {
  const { source, state, startedAt, registered, unreadable, present, imported, failures, failedCount, error } = record
  return (
    <li className="space-y-1 px-4 py-3 text-xs">
      <div className="flex items-center justify-between gap-4">
        <span className="min-w-0 font-medium text-ink">
          {source === 'own' ? 'Deals of this Carport' : <PathText path={source} />}
        </span>
        <span className="flex shrink-0 items-center gap-4 text-ink-faint">
          <Age at={startedAt} ago />
          <StateBadge {...STATES[state]} />
        </span>
      </div>
      <p className="text-ink-soft">
        {counted(registered, 'shard')} registered{unreadableText(unreadable)}, {present.toLocaleString('en')} there
        before, {counted(imported, 'import')} taken over
        {failedCount > 0 && `, ${failedCount.toLocaleString('en')} failed`}
      </p>
      {error !== null && <p className="selectable text-failed">{error}</p>}
      <Failures failures={failures} />
    </li>
  )
}

/** Single items that failed, and why. They stopped nothing. */
export function Failures({ failures }: { failures: readonly { key: string; error: string }[] }) {
  if (failures.length === 0) return null
  return (
    <ul aria-label="Failures" tabIndex={0} className="selectable max-h-40 space-y-1 overflow-y-auto">
      {failures.map(({ key, error }) => (
        <li key={key} className="text-ink-soft text-xs">
          <span className="font-mono text-ink">{shortCid(key)}</span> {error}
        </li>
      ))}
    </ul>
  )
}

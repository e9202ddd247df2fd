import { ShieldCheck } from 'lucide-react'
import { useStore } from 'zustand'
import type { ShardAudit, ShardDetail, ShardView } from '../../../../src-shared/contract/index.ts'
import {
  Age,
  Button,
  Callout,
  copyText,
  ErrorPanel,
  Facts,
  ProgressLine,
  Section,
  type Tone,
} from '../../../components/index.ts'
import { useServices } from '../../../state/index.ts'
import { openBulkDialog } from '../bulk/bulk-dialog.tsx'
import { BULK_WORDS } from '../bulk/bulk-words.ts'
import { type AuditWork, auditWork, startAudit } from './audit-work.ts'

interface IndexSectionProps {
  detail: ShardDetail | null
  shard: ShardView
}

/** What kind of index it is, and whether it is right: said after comparing it with the piece, not before. */
export function IndexSection({ detail, shard }: IndexSectionProps) {
  const { client } = useServices()
  const { key } = shard
  const work = useStore(auditWork, (all) => all[key])
  return (
    <Section
      title="Index"
      action={
        work?.phase === 'running' ? (
          <Button size="sm" onClick={work.cancel}>
            Cancel
          </Button>
        ) : (
          <Button size="sm" icon={ShieldCheck} onClick={() => void startAudit(client, key)}>
            {work === undefined ? 'Audit' : 'Audit again'}
          </Button>
        )
      }
    >
      <Facts
        facts={[
          ['Records', detail?.blockCount?.toLocaleString('en') ?? '–'],
          ['Codec', detail?.indexCodec ?? '–'],
          ['Verified', work?.phase === 'done' ? <Verified key="at" work={work} /> : 'Not since this window was opened'],
        ]}
      />
      {work !== undefined && <AuditState work={work} />}
    </Section>
  )
}

function Verified({ work }: { work: Extract<AuditWork, { phase: 'done' }> }) {
  const { payload, result } = work.audit
  const text = payload.verified
    ? 'Against the payload: yes, every block hashed'
    : result === 'good' || result === 'index-wrong'
      ? 'Against the places of the blocks; against the payload: no'
      : 'Against the payload: no'
  return (
    <>
      {text} <Age at={work.endedAt} ago />
    </>
  )
}

function AuditState({ work }: { work: AuditWork }) {
  if (work.phase === 'failed') return <ErrorPanel error={work.error} title="The index could not be audited" />
  if (work.phase === 'done') return <Found audit={work.audit} />
  const progress = work.progress ?? {
    phase: 'Opening the piece',
    doneBytes: 0,
    totalBytes: null,
    rate: 0,
    etaSeconds: null,
  }
  return <ProgressLine progress={progress} label="Auditing the index" />
}

const RESULTS: Record<ShardAudit['result'], { tone: Tone; title: string }> = {
  good: { tone: 'ok', title: 'The index fits the piece' },
  'index-missing': { tone: 'failed', title: 'The index is missing' },
  'index-unreadable': { tone: 'failed', title: 'The index is damaged' },
  'index-wrong': { tone: 'attention', title: 'The index does not fit the piece' },
  'piece-damaged': { tone: 'failed', title: 'The piece is damaged' },
  'not-compared': { tone: 'attention', title: 'The index was not compared' },
}

const KINDS: Record<ShardAudit['examples'][number]['kind'], string> = {
  damaged: 'Damaged',
  missing: 'Missing',
  misplaced: 'Misplaced',
  extra: 'Extra',
}

function Found({ audit }: { audit: ShardAudit }) {
  const { result, verdict, examples, payload } = audit
  const offersFull = !payload.verified && payload.canBe
  return (
    <Callout
      tone={RESULTS[result].tone}
      title={RESULTS[result].title}
      actions={
        result === 'good' && !offersFull ? undefined : (
          <>
            {result !== 'good' && <Remedy audit={audit} />}
            {offersFull && <FullAudit shardKey={audit.key} />}
          </>
        )
      }
    >
      <p>{verdict}</p>
      {!payload.verified && result !== 'not-compared' && payload.reason !== null && (
        <p className="mt-1">Not verified against the payload. {payload.reason}</p>
      )}
      {examples.length > 0 && (
        <ul aria-label="Records that differ" tabIndex={0} className="mt-1.5 max-h-36 space-y-0.5 overflow-y-auto">
          {examples.map(({ kind, multihash, offset }) => (
            <li key={`${kind}-${multihash}-${offset}`} className="flex gap-2">
              <span className="w-16 shrink-0 text-ink">{KINDS[kind]}</span>
              <span className="min-w-0 flex-1 truncate font-mono" title={multihash}>
                {multihash.slice(0, 10)}…{multihash.slice(-8)}
              </span>
              {offset !== null && <span className="figures shrink-0">at {offset.toLocaleString('en')}</span>}
            </li>
          ))}
        </ul>
      )}
    </Callout>
  )
}

function FullAudit({ shardKey }: { shardKey: string }) {
  const { client } = useServices()
  return (
    <Button size="sm" icon={ShieldCheck} onClick={() => void startAudit(client, shardKey, true)}>
      Full audit
    </Button>
  )
}

/** Planned first, as everything that is done to shards. */
function Remedy({ audit }: { audit: ShardAudit }) {
  const copy = audit.examples.length > 0 && (
    <Button
      size="sm"
      onClick={() =>
        void copyText(audit.examples.map((one) => `${one.kind}\t${one.multihash}\t${one.offset ?? ''}`).join('\n'))
      }
    >
      Copy list
    </Button>
  )
  const verb = audit.remedy
  if (verb === null) return copy
  return (
    <>
      <Button
        size="sm"
        kind="primary"
        icon={BULK_WORDS[verb].icon}
        onClick={() => openBulkDialog({ verb, wanted: { keys: [audit.key] } })}
      >
        {BULK_WORDS[verb].verb}…
      </Button>
      {copy}
    </>
  )
}

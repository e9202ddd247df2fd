import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { Button } from '../../../components/index.ts'
import { counted } from '../../paths/index.ts'
import { openBulkDialog } from './bulk-dialog.tsx'
import { BULK_WORDS, retryVerb } from './bulk-words.ts'
import { type FailureCause, failuresByCause } from './failures-by-cause.ts'

interface RunFailuresProps {
  run: BulkRunView
  onShow: (run: BulkRunView, words: string[] | null) => void
}

/** Further ones are counted: the table has each. */
const MESSAGES_SHOWN = 3

/** What failed in a run, by cause, each to be looked at or tried again. */
export function RunFailures({ run, onShow }: RunFailuresProps) {
  const retry = (words: string[] | null) =>
    openBulkDialog({ verb: retryVerb(run.verb), wanted: { selection: { kind: 'failed', runId: run.id, words } } })
  const { verb } = BULK_WORDS[retryVerb(run.verb)]
  const causes = failuresByCause(run.failures)
  return (
    <div className="border-line border-t">
      <ul aria-label="Failures by cause" className="divide-y divide-line">
        {causes.map((cause) => {
          const words = cause.messages.map((message) => message.words)
          const count = cause.count.toLocaleString('en')
          return (
            <li key={cause.title} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
              <span className="figures w-10 shrink-0 text-right font-medium text-ink">{count}</span>
              <CauseText cause={cause} />
              <Button size="sm" kind="quiet" onClick={() => onShow(run, words)}>
                Show in table
              </Button>
              <Button size="sm" aria-label={`${verb} ${count}…: ${cause.title}`} onClick={() => retry(words)}>
                {verb} {count}…
              </Button>
            </li>
          )
        })}
      </ul>
      {causes.length > 1 && (
        <p className="flex justify-end gap-2 border-line border-t px-3 py-1.5">
          <Button size="sm" kind="quiet" onClick={() => onShow(run, null)}>
            Show all in table
          </Button>
          <Button size="sm" onClick={() => retry(null)}>
            {verb} all {run.failed.toLocaleString('en')}…
          </Button>
        </p>
      )}
    </div>
  )
}

function CauseText({ cause: { title, messages } }: { cause: FailureCause }) {
  const further = messages.length - MESSAGES_SHOWN
  return (
    <span className="min-w-40 flex-1">
      {(messages.length > 1 || messages[0]?.words !== title) && <span className="block text-ink">{title}</span>}
      {messages.slice(0, MESSAGES_SHOWN).map(({ words, example, code, count }) => (
        <span key={words} className="selectable block break-words text-ink-faint">
          {messages.length > 1 && <span className="figures">{count.toLocaleString('en')} × </span>}
          {example} <span className="font-mono">{code}</span>
        </span>
      ))}
      {further > 0 && <span className="block text-ink-faint">and {counted(further, 'other message')}</span>}
    </span>
  )
}

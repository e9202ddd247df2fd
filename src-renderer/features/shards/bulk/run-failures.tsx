import type { BulkRunView } from '../../../../src-shared/contract/index.ts'
import { Button } from '../../../components/index.ts'
import { causeTitle } from '../error-causes.ts'
import { openBulkDialog } from './bulk-dialog.tsx'
import { BULK_WORDS, retryVerb } from './bulk-words.ts'

interface RunFailuresProps {
  run: BulkRunView
  onShow: (run: BulkRunView, words: string | null) => void
}

/** What failed in a run, by cause, each to be looked at or tried again. */
export function RunFailures({ run, onShow }: RunFailuresProps) {
  const retry = (words: string | null) =>
    openBulkDialog({ verb: retryVerb(run.verb), wanted: { selection: { kind: 'failed', runId: run.id, words } } })
  const { verb } = BULK_WORDS[retryVerb(run.verb)]
  return (
    <div className="border-line border-t">
      <ul aria-label="Failures by cause" className="max-h-56 divide-y divide-line overflow-y-auto">
        {run.failures.map(({ words, example, count, code }) => (
          <li key={words} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
            <span className="figures w-10 shrink-0 text-right font-medium text-ink">{count.toLocaleString('en')}</span>
            <span className="min-w-40 flex-1">
              {causeTitle(example) !== words && <span className="block text-ink">{causeTitle(example)}</span>}
              <span className="selectable block break-words text-ink-faint">
                {example} <span className="font-mono">{code}</span>
              </span>
            </span>
            <Button size="sm" kind="quiet" onClick={() => onShow(run, words)}>
              Show in table
            </Button>
            <Button
              size="sm"
              aria-label={`${verb} ${count.toLocaleString('en')}…: ${causeTitle(example)}`}
              onClick={() => retry(words)}
            >
              {verb} {count.toLocaleString('en')}…
            </Button>
          </li>
        ))}
      </ul>
      {run.failures.length > 1 && (
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

import { useStore } from 'zustand'
import { Bar, Button, Callout, ErrorPanel, Page, ScrollPage } from '../../components/index.ts'
import { goTo, useServices } from '../../state/index.ts'
import { Failures, History } from './history.tsx'
import { type MigrationWork, migrationWork, plan, run, stop } from './migration-work.ts'
import { PlanTables } from './plan-tables.tsx'
import { hasWork, planSentence, reportSentence } from './plan-words.ts'
import { SourcesForm } from './sources-form.tsx'

/** What will be taken over, what not, and what happened? */
export function MigrationScreen() {
  const { client } = useServices()
  const work = useStore(migrationWork)
  if (work.phase === 'idle')
    return (
      <ScrollPage title="Migration" subtitle="Take over what Lotus had: deals become shards, imports become imports.">
        <div className="space-y-6">
          {work.error !== null && <ErrorPanel error={work.error} title="The repositories could not be taken over" />}
          <SourcesForm known={work.sources} onPlan={(sources) => void plan(client, sources)} />
          <History version={work.error === null ? '' : work.error.message} />
        </div>
      </ScrollPage>
    )
  return (
    <Page title="Migration" subtitle={sourceText(work)} actions={<Actions work={work} />}>
      <Head work={work} />
      {(work.phase === 'planned' || work.shards.length + work.deals.length + work.imports.length > 0) && (
        <PlanTables shards={work.shards} deals={work.deals} imports={work.imports} report={work.report} />
      )}
    </Page>
  )
}

function Actions({ work }: { work: MigrationWork }) {
  const { client } = useServices()
  switch (work.phase) {
    case 'planning':
      return <Button onClick={stop}>Cancel</Button>
    case 'running':
      return <Button onClick={stop}>Stop</Button>
    case 'planned':
      return (
        <>
          <Button onClick={stop}>Back</Button>
          <Button kind="primary" disabled={isEmpty(work)} onClick={() => void run(client, work.sources)}>
            {work.summary !== null && hasWork(work.summary) ? 'Run' : 'Run again'}
          </Button>
        </>
      )
    default:
      return (
        <>
          <Button onClick={() => goTo('shards')}>Show shards</Button>
          <Button kind="primary" onClick={stop}>
            Done
          </Button>
        </>
      )
  }
}

/** Where it stands, over the tables: plan, progress or report. */
function Head({ work }: { work: MigrationWork }) {
  const { phase, progress, handled, report, summary, warnings } = work
  return (
    <div className="space-y-3 pb-4">
      {phase === 'planning' && <Planning progress={progress} />}
      {phase === 'planned' && summary !== null && (
        <Callout tone={hasWork(summary) ? 'waiting' : 'ok'} title={planSentence(summary)}>
          <p>
            Nothing has been done yet.{' '}
            {hasWork(summary)
              ? 'A run registers shards lazily and copies no data; doing it twice does no harm.'
              : 'A run only brings up to date what is known of deals and sectors.'}
          </p>
        </Callout>
      )}
      {phase === 'running' && (
        <div className="space-y-1.5">
          <Bar
            fraction={handled.total === 0 ? null : handled.current / handled.total}
            label="Taking over"
            className="h-1.5"
          />
          <p className="text-ink-soft text-xs" aria-live="polite">
            {handled.total === 0
              ? (progress?.phase ?? 'Reading the repositories')
              : `${handled.current.toLocaleString('en')} of ${handled.total.toLocaleString('en')}`}
          </p>
        </div>
      )}
      {report !== null && (
        <Callout
          tone={report.failed.length + report.importsFailed.length > 0 ? 'attention' : 'ok'}
          title={reportSentence(report)}
        >
          <p>
            {report.present.toLocaleString('en')} {report.present === 1 ? 'was' : 'were'} there before,{' '}
            {(report.failed.length + report.importsFailed.length).toLocaleString('en')} failed.
            {report.unreadable.length > 0 &&
              ' Those that cannot be read yet are read as soon as their pieces are there: they need no other migration.'}
          </p>
          <Failures failures={[...report.failed, ...report.importsFailed]} />
        </Callout>
      )}
      {warnings.length > 0 && (
        <Callout
          tone="attention"
          title={warnings.length === 1 ? 'One thing to know' : `${warnings.length} things to know`}
        >
          <ul className="list-disc pl-4">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Callout>
      )}
    </div>
  )
}

/** Reading has no length that is known beforehand; looking for copies has. */
function Planning({ progress }: Pick<MigrationWork, 'progress'>) {
  const fraction = progress?.totalBytes ? progress.doneBytes / progress.totalBytes : null
  return (
    <div className="space-y-1.5">
      <Bar fraction={fraction} label="Planning" className="h-1.5" />
      <p className="text-ink-soft text-xs" aria-live="polite">
        {progress?.phase ?? 'Opening the repositories, read-only'}
        {fraction === null ? '…' : `: ${Math.floor(fraction * 100)} %`}
      </p>
    </div>
  )
}

function isEmpty({ shards, imports }: MigrationWork): boolean {
  return shards.length + imports.length === 0
}

function sourceText({ sources }: MigrationWork): string {
  return `Read-only: ${[sources.lotusMiner, sources.lotus].filter(Boolean).join(' and ')}`
}

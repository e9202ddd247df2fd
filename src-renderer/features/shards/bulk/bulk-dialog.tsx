import { useState } from 'react'
import type { BulkPlan, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { Button, Checkbox, Dialog, ErrorPanel, TextInput } from '../../../components/index.ts'
import { goTo, openDialog, useServices, useTask } from '../../../state/index.ts'
import { counted } from '../../paths/index.ts'
import { forgetAudits } from '../drawer/audit-work.ts'
import { BULK_WORDS } from './bulk-words.ts'
import { LookingView, PlanView } from './plan-view.tsx'
import { type Planning, usePlan, type Wanted } from './use-plan.ts'

interface BulkRequest {
  verb: BulkVerb
  wanted: Wanted
  title?: string
  /** To register one shard: where its bytes are, and whether to index it when it is first read. */
  url?: string
  lazy?: boolean
  onStarted?: () => void
}

const USUAL_CONCURRENCY = 4
const MOST_AT_ONCE = 64
const WORD_TO_DESTROY = 'destroy'

/** Says what would be done to many shards, and starts it. The run then belongs to the engine. */
export function openBulkDialog(request: BulkRequest): void {
  openDialog((close) => <BulkDialog {...request} onClose={close} />)
}

function BulkDialog({ verb, wanted, title, url, lazy, onStarted, onClose }: BulkRequest & { onClose: () => void }) {
  const { client, stores } = useServices()
  const [includeSealed, setIncludeSealed] = useState(false)
  const [concurrency, setConcurrency] = useState(String(USUAL_CONCURRENCY))
  const [typed, setTyped] = useState('')
  const { busy, run } = useTask()
  const planning = usePlan({ verb, wanted, includeSealed, url, lazy })
  const words = BULK_WORDS[verb]
  const plan = planning.status === 'ready' ? planning.plan : null
  const count = plan?.wanted ?? 0
  const mustType = verb === 'destroy' && count > 1
  const ready = count > 0 && !busy && (!mustType || typed.trim().toLowerCase() === WORD_TO_DESTROY)

  const start = () =>
    run(`The shards could not be ${words.ed}`, async () => {
      if (plan === null) return
      const view = await client.bulk.start({ planId: plan.planId, concurrency: atOnce(concurrency) })
      stores.bulk.put(view)
      if (verb !== 'acquire') forgetAudits('keys' in wanted ? wanted.keys : 'all')
      onStarted?.()
      onClose()
      if (count > 1) goTo('shards') // of one shard the place that it was started from tells more
    })

  return (
    <Dialog
      title={title ?? titleOf(verb, wanted, plan)}
      onClose={onClose}
      onSubmit={() => ready && void start()}
      footer={
        <>
          <Button onClick={onClose} autoFocus={verb === 'destroy' && !mustType}>
            Cancel
          </Button>
          <Button kind={verb === 'destroy' ? 'danger' : 'primary'} type="submit" disabled={!ready} busy={busy}>
            {words.verb} {count > 0 && count.toLocaleString('en')}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <PlanOf planning={planning} />
        {mayIncludeSealed(verb, plan, includeSealed || (url !== undefined && plan?.wanted === 0)) && (
          <Checkbox
            label="Try those whose data cannot be read now, too"
            hint="Sealed sectors have to be unsealed first, which takes hours."
            checked={includeSealed}
            onChange={setIncludeSealed}
          />
        )}
        {verb === 'destroy' && count > 0 && (
          <p className="rounded-md bg-sunken px-3 py-2 text-ink">
            The pieces themselves stay where they are, and so does every deal. To get a shard back, register its piece
            again; one that was read from a file or a web address has to be given that address.
          </p>
        )}
        {mustType && (
          <TextInput
            label={`Type “${WORD_TO_DESTROY}” to go on`}
            value={typed}
            onChange={setTyped}
            spellCheck={false}
            autoFocus
          />
        )}
        {count > 1 && (
          <TextInput
            label="At once"
            type="number"
            min={1}
            max={MOST_AT_ONCE}
            value={concurrency}
            onChange={setConcurrency}
            hint="Can be changed while it runs."
            className="max-w-24"
          />
        )}
      </div>
    </Dialog>
  )
}

function PlanOf({ planning }: { planning: Planning }) {
  if (planning.status === 'failed') return <ErrorPanel error={planning.error} />
  return planning.status === 'looking' ? <LookingView planning={planning} /> : <PlanView plan={planning.plan} />
}

function titleOf(verb: BulkVerb, wanted: Wanted, plan: BulkPlan | null): string {
  const asked = plan?.asked ?? ('keys' in wanted ? wanted.keys.length : null)
  const what = verb === 'register' ? 'piece' : 'shard'
  const question = verb === 'destroy' ? '?' : ''
  return asked === null
    ? `${BULK_WORDS[verb].verb} shards`
    : `${BULK_WORDS[verb].verb} ${counted(asked, what)}${question}`
}

function mayIncludeSealed(verb: BulkVerb, plan: BulkPlan | null, included: boolean): boolean {
  if (verb === 'destroy' || verb === 'acquire') return false
  return included || (plan?.skipped.some(({ reason }) => /sealed copy|No source/.test(reason)) ?? false)
}

export function atOnce(text: string): number {
  return Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(Number(text)) || USUAL_CONCURRENCY))
}

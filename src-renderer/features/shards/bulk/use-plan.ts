import { useEffect, useState } from 'react'
import type { BulkPlan, BulkSelection, BulkVerb } from '../../../../src-shared/contract/index.ts'
import type { ErrorValue } from '../../../../src-shared/errors/index.ts'
import { errorValueOf } from '../../../client/index.ts'
import { useServices } from '../../../state/index.ts'
import { selectShards } from './select-shards.ts'

/** Which shards: keys, or what the engine knows them by. */
export type Wanted = { keys: readonly string[] } | { selection: BulkSelection }

export type Planning =
  | { status: 'looking'; looked: number; total: number | null }
  | { status: 'ready'; plan: BulkPlan }
  | { status: 'failed'; error: ErrorValue }

interface PlanInput {
  verb: BulkVerb
  wanted: Wanted
  includeSealed: boolean
  lazy?: boolean
  url?: string | null
}

/** The dry run, made by the engine: again when the options change, given up when the dialog closes. */
export function usePlan({ verb, wanted, includeSealed, lazy = true, url = null }: PlanInput): Planning {
  const { client } = useServices()
  const [planning, setPlanning] = useState<Planning>({ status: 'looking', looked: 0, total: null })
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    const show = (next: Planning) => {
      if (!signal.aborted) setPlanning(next)
    }
    const look = async () => {
      show({ status: 'looking', looked: 0, total: 'keys' in wanted ? wanted.keys.length : null })
      const selection = 'keys' in wanted ? await selectShards(client, wanted.keys, signal) : wanted.selection
      for await (const step of await client.bulk.plan({ verb, selection, includeSealed, lazy, url }, { signal }))
        show(
          step.type === 'plan'
            ? { status: 'ready', plan: step.plan }
            : { status: 'looking', looked: step.looked, total: step.total },
        )
    }
    look().catch((error: unknown) => show({ status: 'failed', error: errorValueOf(error) }))
    return () => controller.abort()
  }, [client, verb, wanted, includeSealed, lazy, url])
  return planning
}

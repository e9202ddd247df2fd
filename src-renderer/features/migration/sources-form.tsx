import { Lock } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/index.ts'
import { PathField } from '../paths/index.ts'
import type { Sources } from './migration-work.ts'

/** Which repositories are looked at. Looking changes nothing, in them or here. */
export function SourcesForm({ known, onPlan }: { known: Sources; onPlan: (sources: Sources) => void }) {
  const [lotusMiner, setLotusMiner] = useState(known.lotusMiner ?? '')
  const [lotus, setLotus] = useState(known.lotus ?? '')
  const sources = { lotusMiner: lotusMiner.trim() || null, lotus: lotus.trim() || null }
  const ready = sources.lotusMiner !== null || sources.lotus !== null
  return (
    <form
      className="space-y-4 rounded-md bg-surface p-5 shadow-[inset_0_0_0_1px_var(--line)]"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onPlan(sources)
      }}
    >
      <PathField
        label="lotus-miner repository"
        value={lotusMiner}
        onChange={setLotusMiner}
        pick="folder"
        hint="Its deals become shards here, and its sectors become a source of pieces. Usually ~/.lotusminer."
      />
      <PathField
        label="Lotus repository"
        value={lotus}
        onChange={setLotus}
        pick="folder"
        hint="Its client imports become imports here. Usually ~/.lotus."
      />
      <div className="flex items-center gap-4">
        <p className="flex min-w-0 flex-1 items-start gap-2 text-ink-soft text-xs">
          <Lock aria-hidden className="mt-0.5 size-3.5 shrink-0 text-ink-faint" />
          Read-only: metadata is read from a copy, files stay where they are. Nothing in these repositories is ever
          changed.
        </p>
        <Button kind="primary" type="submit" disabled={!ready}>
          Plan
        </Button>
      </div>
    </form>
  )
}

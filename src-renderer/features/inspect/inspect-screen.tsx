import { FileSearch } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { Button, EmptyState, ErrorPanel, ProgressLine, ScrollPage } from '../../components/index.ts'
import { useInfo, useServices } from '../../state/index.ts'
import { describe, PathField, useDescriptions } from '../paths/index.ts'
import { cancelVerification, inspection, verify } from './inspection.ts'
import { VerdictView } from './verdict-view.tsx'

/** Is this CAR any good? `path` comes from a drop or a link and is verified at once. */
export function InspectScreen({ path: wanted }: { path: string | null }) {
  const { client } = useServices()
  const info = useInfo()
  const { path: current, running, progress, verdict, error, repairs } = useStore(inspection)
  const [path, setPath] = useState(wanted ?? current)
  const found = useDescriptions([path]).value?.[0]

  useEffect(() => {
    if (wanted === null || wanted === inspection.getState().path) return
    setPath(wanted)
    void verify(client, wanted)
  }, [wanted, client])

  const start = () => path.trim() !== '' && void verify(client, path.trim())
  return (
    <ScrollPage title="Inspect">
      <form
        className="flex items-start gap-2 pb-5"
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <div className="min-w-0 flex-1">
          <PathField
            label="CAR to verify"
            value={path}
            onChange={setPath}
            pick="car"
            hint={found === undefined ? undefined : describe(found)}
          />
        </div>
        <div className="pt-5">
          {running ? (
            <Button onClick={cancelVerification}>Cancel</Button>
          ) : (
            <Button kind="primary" type="submit" disabled={path.trim() === ''}>
              Verify
            </Button>
          )}
        </div>
      </form>
      {running && (
        <div className="rounded-md bg-surface p-4 shadow-[inset_0_0_0_1px_var(--line)]">
          {progress === null ? (
            <p className="text-ink-soft">Opening the file…</p>
          ) : (
            <ProgressLine progress={progress} label="Verifying" />
          )}
        </div>
      )}
      {error !== null && <ErrorPanel error={error} title="The file could not be verified" />}
      {verdict !== null && !running && <VerdictView key={verdict.path} verdict={verdict} repairs={repairs} />}
      {!running && verdict === null && error === null && (
        <EmptyState icon={FileSearch} title="Verify a CAR">
          {info?.abilities.droppedPaths === true
            ? 'Drop one here, or choose it above. '
            : 'Type its path above: this window runs in a browser, which does not tell the paths of dropped files. '}
          Header, roots, every block’s hash, the index, padding and the piece CID are checked. The file is only read.
        </EmptyState>
      )}
    </ScrollPage>
  )
}

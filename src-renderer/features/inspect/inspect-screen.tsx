import { FileSearch } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { Button, EmptyState, ErrorPanel, ProgressLine, ScrollPage } from '../../components/index.ts'
import { useInfo, useServices } from '../../state/index.ts'
import { describe, type PathDescription, PathField, useDescriptions } from '../paths/index.ts'
import { cancelVerification, inspection, verify } from './inspection.ts'
import { VerdictView } from './verdict-view.tsx'

/** Is this CAR any good? `path` comes from a drop or a link and is verified at once. */
export function InspectScreen({ path: wanted }: { path: string | null }) {
  const { client } = useServices()
  const info = useInfo()
  const { path: current, dropped, running, progress, verdict, error, cancelled, repairs } = useStore(inspection)
  const [path, setPath] = useState(wanted ?? current)
  const found = useDescriptions([path]).value?.[0]

  useEffect(() => {
    if (wanted === null || wanted === inspection.getState().path) return
    setPath(wanted)
    void verify(client, wanted)
  }, [wanted, client])

  useEffect(() => {
    if (current !== '' || dropped !== null) setPath(current)
  }, [current, dropped])

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
            hint={hintFor(path === current && path !== '' ? dropped : null, found)}
          />
        </div>
        <div className="pt-5">
          {/* One button with two jobs, so that it keeps the focus; as a submit button, what cancels would begin again. */}
          <Button
            kind={running ? 'plain' : 'primary'}
            onClick={running ? cancelVerification : start}
            disabled={!running && path.trim() === ''}
          >
            {running ? 'Cancel' : 'Verify'}
          </Button>
        </div>
      </form>
      {running && (
        <div className="rounded-md bg-surface p-4 shadow-[inset_0_0_0_1px_var(--line)]">
          {progress === null ? (
            <p className="text-ink-soft">
              {dropped !== null && current === '' ? `Copying ${dropped}…` : 'Opening the file…'}
            </p>
          ) : (
            <ProgressLine progress={progress} label="Verifying" />
          )}
        </div>
      )}
      {error !== null && <ErrorPanel error={error} title="The file could not be verified" />}
      {verdict !== null && !running && <VerdictView key={verdict.path} verdict={verdict} repairs={repairs} />}
      {!running && verdict === null && error === null && (
        <EmptyState icon={FileSearch} title={cancelled ? 'Cancelled' : 'Verify a CAR'}>
          {info?.abilities.droppedPaths === true
            ? 'Drop one anywhere on the window, or choose it above. '
            : 'Drop one anywhere on the window, or type its path above, which needs no copy. '}
          Header, roots, every block’s hash, the index, padding and the piece CID are checked. The file is only read.
        </EmptyState>
      )}
    </ScrollPage>
  )
}

function hintFor(dropped: string | null, found: PathDescription | undefined): string | undefined {
  if (dropped !== null)
    return `A copy of ${dropped}, kept until the next one is dropped, or as long as an import needs it`
  return found === undefined ? undefined : describe(found)
}

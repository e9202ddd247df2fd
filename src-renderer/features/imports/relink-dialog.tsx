import { useState } from 'react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { Button, baseName, Callout, Dialog, toast } from '../../components/index.ts'
import { goTo, useServices, useTask } from '../../state/index.ts'
import { PathField } from '../paths/index.ts'

/**
 * Where has the original gone? The file there is imported; if its root is the same, it is the same content, and the
 * broken import goes. Otherwise both stay, and the difference is said.
 */
export function RelinkDialog({ view, onClose }: { view: ImportView; onClose: () => void }) {
  const { client, stores } = useServices()
  const { busy, run } = useTask()
  const [path, setPath] = useState('')
  const [different, setDifferent] = useState<ImportView | null>(null)

  const relink = async () => {
    await run('The file could not be relinked', async () => {
      const begun = await client.imports.start({
        path,
        kind: view.kind,
        ...(view.profile !== null && { profile: view.profile }),
      })
      stores.imports.put(begun)
      const found = await client.imports.wait({ id: begun.id })
      if (found.root !== view.root) return setDifferent(found)
      await client.imports.drop({ ids: [view.id] })
      toast.done(`${baseName(path)} is linked`, { description: 'Same content, same root. The broken import is gone.' })
      goTo('imports', found.id)
      onClose()
    })
  }

  if (different !== null)
    return (
      <Dialog
        title="That file has other content"
        width="sm"
        onClose={onClose}
        footer={
          <Button
            kind="primary"
            onClick={() => {
              goTo('imports', different.id)
              onClose()
            }}
          >
            Show the new import
          </Button>
        }
      >
        <Callout tone="attention" title="The roots differ">
          {baseName(different.source)} was imported as a new import. The old one stays as it was, because nothing else
          has its content.
        </Callout>
      </Dialog>
    )
  return (
    <Dialog
      title={`Relink ${baseName(view.source)}…`}
      description="Choose the file in its new place. It is read once to make sure that it is the same."
      onClose={onClose}
      onSubmit={() => void relink()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={path.trim() === ''} busy={busy}>
            Relink
          </Button>
        </>
      }
    >
      <PathField label="File" value={path} onChange={setPath} pick={view.kind === 'car' ? 'car' : 'files'} autoFocus />
      <p className="pt-3 text-ink-faint text-xs">It was at {view.source}</p>
    </Dialog>
  )
}

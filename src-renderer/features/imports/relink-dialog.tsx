import { useState } from 'react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { Button, baseName, Dialog, toast } from '../../components/index.ts'
import { useServices, useTask } from '../../state/index.ts'
import { PathField } from '../paths/index.ts'

/** Where has the original gone? A folder is searched for it. Only the same content is linked. */
export function RelinkDialog({ view, onClose }: { view: ImportView; onClose: () => void }) {
  const { client, stores } = useServices()
  const { busy, run } = useTask()
  const [path, setPath] = useState('')
  const relink = () =>
    run(`${baseName(view.source)} could not be relinked`, async () => {
      const linked = await client.imports.relink({ id: view.id, path: path.trim() })
      stores.imports.put(linked)
      toast.done(`${baseName(linked.source)} is linked again`, { description: linked.source })
      onClose()
    })
  return (
    <Dialog
      title={`Relink ${baseName(view.source)}`}
      description="Choose the file in its new place, or a folder that is to be searched for it. It is read once to make sure that it is the same; otherwise nothing is changed."
      onClose={onClose}
      onSubmit={() => path.trim() !== '' && !busy && void relink()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={path.trim() === ''} busy={busy}>
            Relink
          </Button>
        </>
      }
    >
      <PathField
        label="File or folder"
        value={path}
        onChange={setPath}
        pick={view.kind === 'car' ? 'car' : 'files'}
        hint={`It was at ${view.source}`}
        autoFocus
      />
    </Dialog>
  )
}

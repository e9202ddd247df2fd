import type { ImportView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { baseName, ConfirmDialog, toast } from '../../components/index.ts'
import { useServices, useTask } from '../../state/index.ts'
import { keptWords } from './import-words.ts'

interface DropDialogProps {
  views: ImportView[]
  onDropped: () => void
  onClose: () => void
}

/** Before imports are forgotten: what goes, and that the originals stay. */
export function DropDialog({ views, onDropped, onClose }: DropDialogProps) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const [first] = views
  const what = views.length === 1 && first !== undefined ? baseName(first.source) : `${views.length} imports`
  const freedBytes = views.reduce((sum, { kind, carSizeBytes }) => sum + (kind === 'car' ? 0 : (carSizeBytes ?? 0)), 0)
  const drop = async () => {
    const done = await run('The import could not be dropped', async () => {
      const receipts = await client.imports.drop({ ids: views.map(({ id }) => id) })
      const deleted = receipts.flatMap((receipt) => receipt.deleted).length
      toast.done(`Dropped ${what}`, {
        description: `${deleted === 0 ? 'No file was' : deleted === 1 ? 'One CAR was' : `${deleted} CARs were`} deleted. ${keptWords(views)}`,
      })
    })
    if (!done) return
    onDropped()
    onClose()
  }
  return (
    <ConfirmDialog
      title={`Drop ${what}?`}
      verb="Drop"
      busy={busy}
      kept={keptWords(views)}
      onConfirm={() => void drop()}
      onClose={onClose}
    >
      <p>
        Carport forgets {views.length === 1 ? 'this import' : 'these imports'} and deletes{' '}
        {views.length === 1 ? 'its' : 'their'} CAR, which frees {formatBytes(freedBytes)}. New deals and retrievals can
        no longer read from it. This cannot be undone, but the same files can be imported again.
      </p>
    </ConfirmDialog>
  )
}

import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { ConfirmDialog, toast } from '../../components/index.ts'
import { useServices, useTask } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

interface RemoveDialogProps {
  views: RetrievalView[]
  onRemoved: () => void
  onClose: () => void
}

export function RemoveDialog({ views, onRemoved, onClose }: RemoveDialogProps) {
  const { client } = useServices()
  const { busy, run } = useTask()
  const bytes = views.reduce((sum, { carSizeBytes }) => sum + (carSizeBytes ?? 0), 0)
  const exported = views.flatMap(({ path }) => path ?? [])
  const remove = async () => {
    const done = await run('The retrieval could not be removed', async () => {
      let freedBytes = 0
      for (const { dealId } of views) freedBytes += (await client.retrievals.remove({ dealId })).freedBytes
      toast.done(`${counted(views.length, 'retrieval')} removed`, { description: `${formatBytes(freedBytes)} freed.` })
    })
    if (!done) return
    onRemoved()
    onClose()
  }
  return (
    <ConfirmDialog
      title={views.length === 1 ? 'Remove this retrieval?' : `Remove ${views.length} retrievals?`}
      verb="Remove"
      busy={busy}
      kept={
        exported.length === 0
          ? undefined
          : `Exported files stay: ${exported[0]}${exported.length > 1 ? ' and others' : ''}`
      }
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <p>
        Deletes {views.length === 1 ? 'its CAR' : 'their CARs'} and frees {formatBytes(bytes)}.{' '}
        {exported.length === 0 && 'Nothing was exported: the data would have to be retrieved again.'}
      </p>
    </ConfirmDialog>
  )
}

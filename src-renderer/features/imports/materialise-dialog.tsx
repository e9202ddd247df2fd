import type { ImportView } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Button, baseName, Dialog } from '../../components/index.ts'
import { attempt, goTo, useServices } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

interface MaterialiseDialogProps {
  views: ImportView[]
  onClose: () => void
}

/** Before content is copied: how much room it needs. */
export function MaterialiseDialog({ views, onClose }: MaterialiseDialogProps) {
  const { client, stores } = useServices()
  const bytes = views.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const [first] = views
  const start = () => {
    onClose()
    goTo('imports', views.length === 1 ? (first?.id ?? null) : null)
    void attempt('The content could not be copied', async () => {
      for (const { id } of views) stores.imports.put(await client.imports.materialise({ id }))
    })
  }
  return (
    <Dialog
      title={
        views.length === 1 && first
          ? `Make ${baseName(first.source)} self-contained`
          : `Make ${counted(views.length, 'import')} self-contained`
      }
      width="sm"
      onClose={onClose}
      onSubmit={start}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Copy {formatBytes(bytes)}
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">
        Carport copies {formatBytes(bytes)} into its own data directory. After that the{' '}
        {views.length === 1
          ? 'original may be moved, changed or deleted'
          : 'originals may be moved, changed or deleted'}
        . The root stays the same.
      </p>
    </Dialog>
  )
}

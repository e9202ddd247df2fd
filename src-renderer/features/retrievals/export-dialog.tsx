import { useState } from 'react'
import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { Button, Checkbox, Dialog, Select, toast } from '../../components/index.ts'
import { useServices, useTask } from '../../state/index.ts'
import { PathField } from '../paths/index.ts'
import { type ExportFormat, FORMATS, nameOfRetrieval, suggestedName } from './retrieval-words.ts'

/** Writes what was retrieved to another place; nothing is fetched again. */
export function ExportDialog({ view, onClose }: { view: RetrievalView; onClose: () => void }) {
  const { client, stores } = useServices()
  const { busy, run } = useTask()
  const [outPath, setOutPath] = useState('')
  const [format, setFormat] = useState<ExportFormat>('files')
  const [overwrite, setOverwrite] = useState(false)
  const write = () =>
    run('The data could not be exported', async () => {
      const exported = await client.retrievals.export({
        dealId: view.dealId,
        outPath: outPath.trim(),
        format,
        overwrite,
      })
      stores.retrievals.put(exported)
      toast.done('Export started', { description: outPath.trim() })
      onClose()
    })
  return (
    <Dialog
      title="Export"
      description="Written from the retrieved CAR; nothing is fetched again."
      onClose={onClose}
      onSubmit={() => outPath.trim() !== '' && !busy && void write()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={outPath.trim() === ''} busy={busy}>
            Export
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <PathField
          label="Destination"
          value={outPath}
          onChange={setOutPath}
          pick={{ save: suggestedName(nameOfRetrieval(view), format) }}
          autoFocus
        />
        <Select label="Write as" value={format} onChange={setFormat} choices={FORMATS} />
        <Checkbox label="Overwrite what is at the destination" checked={overwrite} onChange={setOverwrite} />
      </div>
    </Dialog>
  )
}

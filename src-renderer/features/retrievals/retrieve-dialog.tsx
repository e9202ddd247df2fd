import { useState } from 'react'
import { Button, Checkbox, Dialog, Facts, isCid, Select, TextInput, toast } from '../../components/index.ts'
import { goTo, openDialog, useInfo, useServices, useTask } from '../../state/index.ts'
import { PathField } from '../paths/index.ts'
import { type ExportFormat, FORMATS, suggestedName } from './retrieval-words.ts'

interface Wanted {
  root?: string
  /** What the file was called, for the proposed path. */
  name?: string
}

export function openRetrieveDialog(wanted: Wanted = {}): void {
  openDialog((close) => <RetrieveDialog {...wanted} onClose={close} />)
}

type Source = 'own' | 'local' | 'other'

/** What to fetch, from whom, and where it goes. */
function RetrieveDialog({ root: known = '', name, onClose }: Wanted & { onClose: () => void }) {
  const { client, stores } = useServices()
  const info = useInfo()
  const { busy, run } = useTask()
  const [root, setRoot] = useState(known)
  const [source, setSource] = useState<Source>(info?.providerUrl === null ? 'local' : 'own')
  const [address, setAddress] = useState('')
  const [outPath, setOutPath] = useState('')
  const [format, setFormat] = useState<ExportFormat>('files')
  const [overwrite, setOverwrite] = useState(false)

  const rootError = root.trim() !== '' && !isCid(root) ? 'This is not a whole CID.' : null
  const ready = isCid(root) && (source !== 'other' || address.trim() !== '')
  const start = () =>
    run('The retrieval could not begin', async () => {
      const view = await client.retrievals.start({
        root: root.trim(),
        from: source === 'own' ? [] : source === 'local' ? ['local'] : [address.trim()],
        outPath: outPath.trim() === '' ? null : outPath.trim(),
        format,
        overwrite,
      })
      stores.retrievals.put(view)
      toast.done('Retrieval started', { description: 'Blocks are checked as they arrive; a break does not lose them.' })
      goTo('retrievals', view.dealId)
      onClose()
    })

  return (
    <Dialog
      title="Retrieve"
      description="Fetches everything below a root, checks every block, and writes it where you want it."
      onClose={onClose}
      onSubmit={() => ready && !busy && void start()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!ready} busy={busy}>
            Retrieve
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        {known === '' ? (
          <TextInput
            label="Root CID"
            value={root}
            onChange={setRoot}
            error={rootError}
            code
            autoFocus
            placeholder="bafy…"
          />
        ) : (
          <Facts
            facts={[
              ['What', name ?? null],
              [
                'Root',
                <span key="root" className="break-all font-mono">
                  {known}
                </span>,
              ],
            ]}
          />
        )}
        <PathField
          label="Destination"
          value={outPath}
          onChange={setOutPath}
          pick={{ save: suggestedName(name ?? 'retrieved', format) }}
          hint="Leave it empty to keep the data in Carport only and export it later."
          autoFocus={known !== ''}
        />
        <div className="grid grid-cols-2 gap-4">
          <Select label="Write as" value={format} onChange={setFormat} choices={FORMATS} />
          <Select
            label="From"
            value={source}
            onChange={setSource}
            choices={[
              ...(info?.providerUrl === null
                ? []
                : [{ value: 'own' as const, label: 'This Carport’s provider', hint: info?.providerUrl ?? '' }]),
              { value: 'local', label: 'What is here already', hint: 'Imports and earlier retrievals' },
              { value: 'other', label: 'Another provider', hint: 'By its address' },
            ]}
          />
        </div>
        {source === 'other' && (
          <TextInput
            label="Provider address"
            value={address}
            onChange={setAddress}
            code
            placeholder="https://provider.example:7777"
          />
        )}
        <Checkbox
          label="Overwrite what is at the destination"
          checked={overwrite}
          onChange={setOverwrite}
          disabled={outPath.trim() === ''}
        />
      </div>
    </Dialog>
  )
}

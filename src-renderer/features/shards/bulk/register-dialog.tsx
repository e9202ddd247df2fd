import { useState } from 'react'
import { Button, Checkbox, Dialog, RadioCards, TextArea, TextInput } from '../../../components/index.ts'
import { goTo, openDialog, useServices, useTableState } from '../../../state/index.ts'
import { counted } from '../../paths/index.ts'
import { openBulkDialog } from './bulk-dialog.tsx'

export function openRegisterDialog(): void {
  openDialog((close) => <RegisterDialog onClose={close} />)
}

type What = 'missing' | 'named' | 'address'

/** Pieces that have no shard, pieces named by their CIDs, or one shard at an address. */
function RegisterDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useServices()
  const missing = useTableState(stores.pieces).rows.filter(({ hasShard, state }) => !hasShard && state !== 'missing')
  const [chosen, setChosen] = useState<What | null>(null)
  const what = chosen ?? (missing.length > 0 ? 'missing' : 'named')
  const [text, setText] = useState('')
  const [key, setKey] = useState('')
  const [url, setUrl] = useState('')
  const [lazy, setLazy] = useState(true)
  const named = keysIn(text)
  const ready =
    what === 'missing'
      ? missing.length > 0
      : what === 'named'
        ? named.length > 0
        : key.trim() !== '' && url.trim() !== ''

  const submit = () => {
    onClose()
    if (what === 'address')
      return openBulkDialog({
        ...{ verb: 'register', title: 'Register 1 shard', wanted: { keys: [key.trim()] }, url: url.trim(), lazy },
        onStarted: () => goTo('shards', key.trim()),
      })
    const keys = what === 'missing' ? missing.map(({ pieceCid }) => pieceCid) : named
    openBulkDialog({ verb: 'register', wanted: { keys } })
  }

  return (
    <Dialog
      title="Register shards"
      description="A shard makes the blocks of a piece findable and readable."
      onClose={onClose}
      onSubmit={() => ready && submit()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!ready}>
            Register…
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <RadioCards
          label="What"
          value={what}
          onChange={setChosen}
          choices={[
            {
              value: 'missing',
              label: 'Pieces without a shard',
              hint:
                missing.length === 0
                  ? 'Every piece that is here has one.'
                  : `${counted(missing.length, 'piece is', 'pieces are')} here and cannot be read by their blocks yet.`,
            },
            { value: 'named', label: 'Pieces by their CIDs', hint: 'Wherever a source has them.' },
            { value: 'address', label: 'A CAR at an address', hint: 'A file of this machine, or a web server.' },
          ]}
        />
        {what === 'named' && (
          <TextArea
            label="Piece CIDs"
            hint={named.length === 0 ? 'One on each line.' : counted(named.length, 'piece CID')}
            rows={6}
            value={text}
            onChange={setText}
            placeholder="baga6ea4seaq…"
          />
        )}
        {what === 'address' && (
          <>
            <TextInput
              label="Key"
              value={key}
              onChange={setKey}
              code
              hint="What the shard is called; usually the piece CID."
            />
            <TextInput label="Address" value={url} onChange={setUrl} code placeholder="file:///srv/cars/film.car" />
            <Checkbox
              label="Index it when it is first read"
              hint="Otherwise it is read and indexed at once."
              checked={lazy}
              onChange={setLazy}
            />
          </>
        )}
      </div>
    </Dialog>
  )
}

/** What stands between spaces, commas and line ends, once each. */
export function keysIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((word) => word !== ''))]
}

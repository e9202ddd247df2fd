import { useState } from 'react'
import { Button, Dialog, isCid, TextInput, toast } from '../../components/index.ts'
import { goTo, openDialog, useServices, useTask } from '../../state/index.ts'
import { describe, PathField, useDescriptions } from '../paths/index.ts'

export function openAddPieceDialog(path = ''): void {
  openDialog((close) => <AddPieceDialog path={path} onClose={close} />)
}

/** Copies a CAR into the piece store. Its commitment is computed on the way and compared with the one that is given. */
function AddPieceDialog({ path: known, onClose }: { path: string; onClose: () => void }) {
  const { client, stores } = useServices()
  const { busy, run } = useTask()
  const [path, setPath] = useState(known)
  const [pieceCid, setPieceCid] = useState('')
  const found = useDescriptions([path]).value?.[0]
  const cidError = pieceCid.trim() !== '' && !isCid(pieceCid) ? 'This is not a whole CID.' : null
  const add = () =>
    run('The piece could not be added', async () => {
      const piece = await client.pieces.add({
        path: path.trim(),
        pieceCid: pieceCid.trim() === '' ? null : pieceCid.trim(),
      })
      stores.pieces.put(piece)
      toast.done('Piece added')
      goTo('pieces', piece.pieceCid)
      onClose()
    })
  return (
    <Dialog
      title="Add a piece"
      description="Copies a CAR into the piece store and computes its piece CID on the way. The original stays where it is."
      onClose={onClose}
      onSubmit={() => path.trim() !== '' && cidError === null && !busy && void add()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={path.trim() === '' || cidError !== null} busy={busy}>
            Add
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <PathField
          label="CAR"
          value={path}
          onChange={setPath}
          pick="car"
          hint={found === undefined ? undefined : describe(found)}
          autoFocus
        />
        <TextInput
          label="Expected piece CID"
          value={pieceCid}
          onChange={setPieceCid}
          error={cidError}
          hint="Optional. The CAR is refused when it is another piece."
          code
          placeholder="baga6ea4seaq…"
        />
      </div>
    </Dialog>
  )
}

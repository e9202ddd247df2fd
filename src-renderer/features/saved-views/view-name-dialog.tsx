import { useState } from 'react'
import { Button, Dialog, TextInput } from '../../components/index.ts'
import { useTask } from '../../state/index.ts'

interface ViewNameDialogProps {
  title: string
  verb: string
  initial: string
  /** Names of the other views. */
  taken: readonly string[]
  onName: (name: string) => Promise<void>
  onClose: () => void
}

const LONGEST = 80

/** Asks what a view is called. */
export function ViewNameDialog({ title, verb, initial, taken, onName, onClose }: ViewNameDialogProps) {
  const [text, setText] = useState(initial)
  const { busy, run } = useTask()
  const name = text.trim()
  const isTaken = taken.includes(name)
  const ready = name !== '' && !isTaken && !busy
  const submit = async () => {
    if (await run('The view could not be saved', () => onName(name))) onClose()
  }
  return (
    <Dialog
      title={title}
      description="Filter, search, sorting and columns, under a name. Every window of this Carport has it."
      width="sm"
      onClose={onClose}
      onSubmit={() => ready && void submit()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!ready} busy={busy}>
            {verb}
          </Button>
        </>
      }
    >
      <TextInput
        label="Name"
        value={text}
        onChange={setText}
        maxLength={LONGEST}
        placeholder="Broken and large"
        error={isTaken ? 'There is a view of this name already.' : null}
        autoFocus
      />
    </Dialog>
  )
}

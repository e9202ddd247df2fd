import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextInput } from './field.tsx'

interface ConfirmDialogProps {
  title: string
  /** What goes, in numbers and bytes. */
  children: ReactNode
  /** What stays untouched. */
  kept?: ReactNode
  /** The verb, as on the button that led here. */
  verb: string
  /** For bulk destruction: the word that has to be typed first. */
  typeToConfirm?: string
  busy?: boolean
  onConfirm: () => void
  onClose: () => void
}

/** Asked before something is lost: what goes, what stays, whether it can be undone. Cancel has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, kept, verb, typeToConfirm, busy = false, onConfirm, onClose } = props
  const [typed, setTyped] = useState('')
  const ready = typeToConfirm === undefined || typed.trim() === typeToConfirm
  return (
    <Dialog
      title={title}
      width="sm"
      onClose={onClose}
      onSubmit={() => ready && !busy && onConfirm()}
      footer={
        <>
          <Button autoFocus={typeToConfirm === undefined} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" disabled={!ready} busy={busy}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="space-y-3 text-ink-soft">
        <div>{children}</div>
        {kept !== undefined && <div className="rounded-md bg-sunken px-3 py-2 text-ink">{kept}</div>}
        {typeToConfirm !== undefined && (
          <TextInput
            label={`Type “${typeToConfirm}” to go on`}
            value={typed}
            onChange={setTyped}
            autoFocus
            spellCheck={false}
          />
        )}
      </div>
    </Dialog>
  )
}

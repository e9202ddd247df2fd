import { FolderDown, Package, ScanSearch } from 'lucide-react'
import { Button, Dialog } from '../components/index.ts'
import { useStatus } from '../state/index.ts'

interface CarDropDialogProps {
  title: string
  /** What was dropped. */
  words: string
  /** Whether Carport gets a copy first, as in a browser. */
  isCopied?: boolean
  /** Only for one CAR. */
  onVerify?: (() => void) | undefined
  onImport: () => void
  onAddPiece?: (() => void) | undefined
  onClose: () => void
}

/** A CAR can be meant in three ways. */
export function CarDropDialog(props: CarDropDialogProps) {
  const { title, words, isCopied = false, onVerify, onImport, onAddPiece, onClose } = props
  const { value: status } = useStatus()
  const isProvider = status?.roles.includes('provider') !== false
  const then = (work: () => void) => () => {
    onClose()
    work()
  }
  const what = onVerify === undefined ? 'them' : 'it'
  return (
    <Dialog
      title={title}
      description={`${words}. What should be done with ${what}?${isCopied ? ' Carport gets a copy first.' : ''}`}
      width="sm"
      onClose={onClose}
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      <div className="flex flex-col gap-2">
        {onVerify !== undefined && (
          <Choice
            icon={ScanSearch}
            label="Verify this CAR"
            hint="Checks every block, the index and the piece CID. The file is only read."
            onClick={then(onVerify)}
          />
        )}
        <Choice
          icon={FolderDown}
          label="Import…"
          hint={`Its data can then be sent to a provider. ${isCopied ? 'The copy is kept for that.' : 'The file stays where it is.'}`}
          onClick={then(onImport)}
        />
        {onAddPiece !== undefined && isProvider && (
          <Choice
            icon={Package}
            label="Add as a piece…"
            hint="Copies it into the piece store of this provider."
            onClick={then(onAddPiece)}
          />
        )}
      </div>
    </Dialog>
  )
}

interface ChoiceProps {
  icon: typeof Package
  label: string
  hint: string
  onClick: () => void
}

function Choice({ icon: Icon, label, hint, onClick }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex gap-3 rounded-md px-3 py-2.5 text-left shadow-[inset_0_0_0_1px_var(--line-strong)] transition-colors hover:bg-hover"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-accent-ink" />
      <span>
        <span className="block font-medium text-ink">{label}</span>
        <span className="block text-ink-soft text-xs">{hint}</span>
      </span>
    </button>
  )
}

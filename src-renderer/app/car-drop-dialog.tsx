import { FolderDown, Package, ScanSearch } from 'lucide-react'
import { Button, baseName, Dialog } from '../components/index.ts'
import { openImportDialog } from '../features/imports/index.ts'
import { openAddPieceDialog } from '../features/pieces/index.ts'
import { goTo, useStatus } from '../state/index.ts'

interface CarDropDialogProps {
  paths: string[]
  /** What was dropped. */
  words: string
  onClose: () => void
}

/** A CAR can be meant in three ways. */
export function CarDropDialog({ paths, words, onClose }: CarDropDialogProps) {
  const { value: status } = useStatus()
  const [first = ''] = paths
  const one = paths.length === 1
  const isProvider = status?.roles.includes('provider') !== false
  const then = (work: () => void) => () => {
    onClose()
    work()
  }
  return (
    <Dialog
      title={one ? baseName(first) : `${paths.length} items`}
      description={`${words}. What should be done with ${one ? 'it' : 'them'}?`}
      width="sm"
      onClose={onClose}
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      <div className="flex flex-col gap-2">
        {one && (
          <Choice
            icon={ScanSearch}
            label="Verify this CAR"
            hint="Checks every block, the index and the piece CID. The file is only read."
            onClick={then(() => goTo('inspect', first))}
          />
        )}
        <Choice
          icon={FolderDown}
          label="Import…"
          hint="Its data can then be sent to a provider. The file stays where it is."
          onClick={then(() => openImportDialog(paths))}
        />
        {one && isProvider && (
          <Choice
            icon={Package}
            label="Add as a piece…"
            hint="Copies it into the piece store of this provider."
            onClick={then(() => openAddPieceDialog(first))}
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

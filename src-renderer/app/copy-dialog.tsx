import { useEffect, useRef, useState } from 'react'
import type { Progress } from '../../src-shared/contract/index.ts'
import { errorValueOf } from '../client/index.ts'
import { Button, Dialog, ProgressLine, toast } from '../components/index.ts'
import { copyToEngine } from '../features/inspect/index.ts'

interface CopyDialogProps {
  file: File
  /** With the path of the copy. */
  onCopied: (path: string) => void
  onClose: () => void
}

/** In a browser a dropped file has no path: the engine gets a copy, and then what was chosen goes on with that. */
export function CopyDialog({ file, onCopied, onClose }: CopyDialogProps) {
  const [progress, setProgress] = useState<Progress | null>(null)
  const latest = useRef({ onCopied, onClose })
  latest.current = { onCopied, onClose }

  useEffect(() => {
    const controller = new AbortController()
    copyToEngine(file, setProgress, controller.signal).then(
      (path) => {
        if (controller.signal.aborted) return
        latest.current.onClose()
        latest.current.onCopied(path)
      },
      (error: unknown) => {
        if (controller.signal.aborted) return
        latest.current.onClose()
        toast.failed(`${file.name} could not be copied`, errorValueOf(error))
      },
    )
    return () => controller.abort()
  }, [file])

  return (
    <Dialog
      title={`Copying ${file.name}`}
      description="A browser does not tell where a dropped file lies, so Carport gets a copy of it."
      width="sm"
      onClose={onClose}
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      {progress === null ? (
        <p className="text-ink-soft">Opening the file…</p>
      ) : (
        <ProgressLine progress={progress} label={`Copying ${file.name}`} />
      )}
    </Dialog>
  )
}

import { FileDown } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useInfo, usePlace, useServices } from '../state/index.ts'
import { hoverWords } from './drop-plan.ts'
import { filesOf, takeFiles, takePaths } from './take-drop.tsx'

/** The whole window takes files. While they are over it, it says what letting go would do. */
export function DropZone() {
  const services = useServices()
  const { section } = usePlace()
  const hasPaths = useInfo()?.abilities.droppedPaths === true
  const [count, setCount] = useState<number | null>(null)
  const latest = useRef({ services, section, hasPaths })
  latest.current = { services, section, hasPaths }

  useEffect(() => {
    // Every element under the pointer sends its own enter and leave; files are over the window while more came than went.
    let depth = 0
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const onEnter = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth++
      setCount(event.dataTransfer?.items.length ?? 0)
    }
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    }
    const onLeave = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setCount(null)
    }
    const onDrop = (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth = 0
      setCount(null)
      const current = latest.current
      const dropped = filesOf(event.dataTransfer)
      const take = current.hasPaths ? takePaths : takeFiles
      void take(current.services, current.section, dropped)
    }
    window.addEventListener('dragenter', onEnter)
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragenter', onEnter)
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [])

  if (count === null) return null
  const { title, detail } = hoverWords(section, count, hasPaths)
  return (
    <div className="pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-scrim p-3">
      <div className="absolute inset-3 rounded-md border-2 border-accent border-dashed" />
      <div
        role="status"
        className="flex max-w-104 flex-col items-center gap-2 rounded-md bg-raised px-8 py-7 text-center shadow-raised"
      >
        <FileDown aria-hidden className="size-7 text-accent-ink" strokeWidth={1.5} />
        <p className="font-semibold text-ink text-md">{title}</p>
        <p className="text-balance text-ink-soft">{detail}</p>
      </div>
    </div>
  )
}

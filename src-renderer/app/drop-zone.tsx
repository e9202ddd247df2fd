import { FileDown } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { toast } from '../components/index.ts'
import { startImports, USUAL_CHOICE, uploadImports } from '../features/imports/index.ts'
import { openAddPieceDialog } from '../features/pieces/index.ts'
import type { SectionId } from '../state/index.ts'
import { attempt, goTo, openDialog, type Services, useInfo, usePlace, useServices } from '../state/index.ts'
import { CarDropDialog } from './car-drop-dialog.tsx'
import { hoverWords, planDrop } from './drop-plan.ts'

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
      if (current.hasPaths) void dropPaths(current.services, current.section, dropped.files)
      else void dropUploads(current.services, dropped)
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

interface Dropped {
  files: File[]
  /** Names of folders: a browser gives them no content that could be sent as one stream. */
  folders: string[]
}

function filesOf(data: DataTransfer | null): Dropped {
  const folders = [...(data?.items ?? [])].flatMap((item) => {
    const entry = item.webkitGetAsEntry()
    return entry?.isDirectory === true ? [entry.name] : []
  })
  return { files: [...(data?.files ?? [])], folders }
}

async function dropPaths(services: Services, section: SectionId, files: readonly File[]): Promise<void> {
  const paths = files.map(services.pathOf).filter((path) => path !== '')
  if (paths.length === 0) return void dropUploads(services, { files: [...files], folders: [] })
  await attempt('What was dropped could not be read', async () => {
    const plan = planDrop(section, await services.client.system.describePaths({ paths }))
    const [first] = plan.paths
    if (plan.action === 'none') toast.note('Nothing to import', { description: plan.words })
    else if (plan.action === 'verify') goTo('inspect', first)
    else if (plan.action === 'add-piece') openAddPieceDialog(first)
    else if (plan.action === 'choose')
      openDialog((close) => <CarDropDialog paths={plan.paths} words={plan.words} onClose={close} />)
    else {
      const begun = await startImports(services, plan.paths, USUAL_CHOICE)
      if (begun.length > 0)
        toast.done(begun.length === 1 ? 'Importing' : `Importing ${begun.length} items`, { description: plan.words })
    }
  })
}

async function dropUploads(services: Services, { files, folders }: Dropped): Promise<void> {
  const [folder] = folders
  if (folder !== undefined)
    toast.note(`${folder} is a folder, which a browser cannot send`, {
      description: 'Choose Import… and type its path: it is read where it is.',
    })
  const uploads = files.filter(({ name }) => !folders.includes(name))
  if (uploads.length > 0) await uploadImports(services, uploads, USUAL_CHOICE.profile)
}

import { formatBytes } from '../../src-shared/format/index.ts'
import { baseName, toast } from '../components/index.ts'
import { openImportDialog, startImports, USUAL_CHOICE, uploadImports } from '../features/imports/index.ts'
import { verifyDropped } from '../features/inspect/index.ts'
import { openAddPieceDialog } from '../features/pieces/index.ts'
import type { SectionId } from '../state/index.ts'
import { attempt, goTo, openDialog, type Services } from '../state/index.ts'
import { CarDropDialog } from './car-drop-dialog.tsx'
import { CopyDialog } from './copy-dialog.tsx'
import { planDrop } from './drop-plan.ts'
import { looksLikeCar } from './looks-like-car.ts'

export interface Dropped {
  files: File[]
  /** Names of folders: a browser gives them no content that could be sent as one stream. */
  folders: string[]
}

export function filesOf(data: DataTransfer | null): Dropped {
  const folders = [...(data?.items ?? [])].flatMap((item) => {
    const entry = item.webkitGetAsEntry()
    return entry?.isDirectory === true ? [entry.name] : []
  })
  return { files: [...(data?.files ?? [])], folders }
}

/** In the desktop app: files are used where they lie. */
export async function takePaths(services: Services, section: SectionId, { files }: Dropped): Promise<void> {
  const paths = files.map(services.pathOf).filter((path) => path !== '')
  if (paths.length === 0) return takeFiles(services, section, { files, folders: [] })
  await attempt('What was dropped could not be read', async () => {
    const plan = planDrop(section, await services.client.system.describePaths({ paths }))
    const [first = ''] = plan.paths
    if (plan.action === 'none') toast.note('Nothing to import', { description: plan.words })
    else if (plan.action === 'verify') goTo('inspect', first)
    else if (plan.action === 'add-piece') openAddPieceDialog(first)
    else if (plan.action === 'choose') askForPaths(plan.paths, plan.words)
    else {
      const begun = await startImports(services, plan.paths, USUAL_CHOICE)
      if (begun.length > 0)
        toast.done(begun.length === 1 ? 'Importing' : `Importing ${begun.length} items`, { description: plan.words })
    }
  })
}

/** In a browser: the engine gets copies. */
export async function takeFiles(services: Services, section: SectionId, dropped: Dropped): Promise<void> {
  const { folders } = dropped
  const [folder] = folders
  if (folder !== undefined)
    toast.note(`${folder} is a folder, which a browser cannot send`, {
      description: 'Choose Import… and type its path: it is read where it is.',
    })
  const files = dropped.files.filter(({ name }) => !folders.includes(name))
  const [file] = files
  if (file === undefined) return
  if (files.length > 1) await uploadImports(services, files, USUAL_CHOICE.profile)
  else if (section === 'inspect') void verifyDropped(services.client, file)
  else if (!(await looksLikeCar(file))) await uploadImports(services, files, USUAL_CHOICE.profile)
  else if (section === 'pieces') copied(file, openAddPieceDialog)
  else askForFile(services, file)
}

function askForPaths(paths: string[], words: string): void {
  const [first = ''] = paths
  const isOne = paths.length === 1
  openDialog((close) => (
    <CarDropDialog
      title={isOne ? baseName(first) : `${paths.length} items`}
      words={words}
      onVerify={isOne ? () => goTo('inspect', first) : undefined}
      onImport={() => openImportDialog(paths, 'car')}
      onAddPiece={isOne ? () => openAddPieceDialog(first) : undefined}
      onClose={close}
    />
  ))
}

function askForFile({ client }: Services, file: File): void {
  const verify = () => {
    goTo('inspect')
    void verifyDropped(client, file)
  }
  openDialog((close) => (
    <CarDropDialog
      title={file.name}
      words={`1 CAR, ${formatBytes(file.size)}`}
      isCopied
      onVerify={verify}
      onImport={() => copied(file, (path) => openImportDialog([path], 'car'))}
      onAddPiece={() => copied(file, openAddPieceDialog)}
      onClose={close}
    />
  ))
}

function copied(file: File, then: (path: string) => void): void {
  openDialog((close) => <CopyDialog file={file} onCopied={then} onClose={close} />)
}

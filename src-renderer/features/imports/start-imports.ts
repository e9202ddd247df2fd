import type { ImportKind, ImportView, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { errorValueOf, uploadFile } from '../../client/index.ts'
import { toast } from '../../components/index.ts'
import { attempt, goTo, type Services } from '../../state/index.ts'
import { counted } from '../paths/index.ts'

export interface ImportChoice {
  kind: ImportKind
  profile: UnixfsProfile
}

export const USUAL_CHOICE: ImportChoice = { kind: 'linked', profile: 'unixfs-v1-2025' }

/** Begins an import for each path and shows the first. Resolves with those that began. */
export async function startImports(
  { client, stores }: Services,
  paths: readonly string[],
  { kind, profile }: ImportChoice,
): Promise<ImportView[]> {
  const begun: ImportView[] = []
  for (const path of paths)
    await attempt(`${path} could not be imported`, async () => {
      const view = await client.imports.start({ path, kind, profile })
      stores.imports.put(view)
      begun.push(view)
    })
  const [first] = begun
  if (first !== undefined) goTo('imports', begun.length === 1 ? first.id : null)
  return begun
}

/** Streams dropped files to the engine one after the other; each becomes a self-contained import. */
export async function uploadImports(
  { stores }: Services,
  files: readonly File[],
  profile: UnixfsProfile,
): Promise<void> {
  goTo('imports')
  const done: ImportView[] = []
  for (const file of files)
    try {
      const view = await uploadFile(file, profile)
      stores.imports.put(view)
      done.push(view)
    } catch (error) {
      toast.failed(`${file.name} could not be uploaded`, errorValueOf(error))
    }
  if (done.length > 0)
    toast.done(`${counted(done.length, 'file')} uploaded`, { description: 'Carport keeps a copy of the content.' })
}

import { FileArchive, Files, FolderPlus, Link2, Upload, X } from 'lucide-react'
import { type ChangeEvent, useRef, useState } from 'react'
import type { ImportKind, UnixfsProfile } from '../../../src-shared/contract/index.ts'
import { Button, Dialog, IconButton, PathText, RadioCards, Select, TextInput } from '../../components/index.ts'
import { attempt, openDialog, useInfo, useServices, useTask } from '../../state/index.ts'
import { describe, describeAll, isReadable, type PathDescription, useDescriptions } from '../paths/index.ts'
import { KIND_WORDS, PROFILE_WORDS } from './import-words.ts'
import { startImports, USUAL_CHOICE, uploadImports } from './start-imports.ts'

const KIND_ICONS = { linked: Link2, 'self-contained': FolderPlus, car: FileArchive }
const PROFILES = Object.entries(PROFILE_WORDS).map(([value, words]) => ({ value: value as UnixfsProfile, ...words }))

/** `kind` is the one chosen at first. */
export function openImportDialog(paths: readonly string[] = [], kind: ImportKind = USUAL_CHOICE.kind): void {
  openDialog((close) => <ImportDialog paths={paths} kind={kind} onClose={close} />)
}

interface ImportDialogProps {
  paths: readonly string[]
  kind: ImportKind
  onClose: () => void
}

/** What to import, and how it is kept. Says in words what will happen before it happens. */
function ImportDialog({ paths, kind: first, onClose }: ImportDialogProps) {
  const services = useServices()
  const { busy, run } = useTask()
  const [picked, setPicked] = useState(paths)
  const [typed, setTyped] = useState('')
  const [kind, setKind] = useState<ImportKind>(first)
  const [profile, setProfile] = useState<UnixfsProfile>(USUAL_CHOICE.profile)

  const wanted = [...new Set([...picked, typed.trim()].filter(Boolean))]
  const found = useDescriptions(wanted)
  const described = found.value ?? []
  const onlyCars = described.length > 0 && described.every((each) => each.kind === 'car')
  const chosen = onlyCars ? kind : kind === 'car' ? 'linked' : kind
  const typedError = described.find((each) => each.path === typed.trim() && !isReadable(each))?.message ?? null

  const start = () =>
    run('The import could not begin', async () => {
      const begun = await startImports(services, wanted, { kind: chosen, profile })
      if (begun.length > 0) onClose()
    })

  return (
    <Dialog
      title="Import"
      description="Files, folders or CARs become data that can be sent to a provider."
      onClose={onClose}
      onSubmit={() => wanted.length > 0 && !busy && void start()}
      footer={
        <>
          <span className="mr-auto min-w-0 truncate text-ink-soft text-xs" aria-live="polite">
            {described.some(isReadable) && describeAll(described)}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={wanted.length === 0} busy={busy}>
            Import
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <div className="space-y-2">
          {picked.length > 0 && (
            <PickedPaths
              paths={picked}
              described={described}
              onRemove={(path) => setPicked(picked.filter((each) => each !== path))}
            />
          )}
          <TextInput
            label={picked.length > 0 ? 'Another path' : 'Path'}
            value={typed}
            onChange={setTyped}
            error={found.status === 'ready' ? typedError : null}
            hint={hintFor(typed, described)}
            code
            autoFocus
            placeholder="/path/on/this/machine"
          />
          <SourceButtons
            onPicked={(more) => setPicked([...new Set([...picked, ...more])])}
            onUpload={(files) => {
              void uploadImports(services, files, profile)
              onClose()
            }}
          />
        </div>
        <RadioCards
          label="How it is kept"
          value={chosen}
          onChange={setKind}
          choices={(['linked', 'self-contained', ...(onlyCars ? (['car'] as const) : [])] as const).map((value) => ({
            value,
            label: KIND_WORDS[value].label,
            hint: KIND_WORDS[value].explanation,
            icon: KIND_ICONS[value],
          }))}
        />
        {chosen !== 'car' && (
          <Select
            label="Profile"
            value={profile}
            onChange={setProfile}
            choices={PROFILES}
            hint={`${PROFILE_WORDS[profile].hint} The same file gets another root under another profile.`}
          />
        )}
      </div>
    </Dialog>
  )
}

function hintFor(typed: string, described: readonly PathDescription[]): string | undefined {
  const found = described.find(({ path }) => path === typed.trim())
  return found !== undefined && isReadable(found) ? describe(found) : undefined
}

interface PickedPathsProps {
  paths: readonly string[]
  described: readonly PathDescription[]
  onRemove: (path: string) => void
}

function PickedPaths({ paths, described, onRemove }: PickedPathsProps) {
  return (
    <ul className="max-h-40 divide-y divide-line overflow-y-auto rounded-md shadow-[inset_0_0_0_1px_var(--line-strong)]">
      {paths.map((path) => {
        const found = described.find((each) => each.path === path)
        return (
          <li key={path} className="flex items-center gap-3 py-1 pr-1 pl-3 text-xs">
            <PathText path={path} className="flex-1" />
            <span className={found !== undefined && !isReadable(found) ? 'text-failed' : 'shrink-0 text-ink-faint'}>
              {found === undefined ? '' : describe(found)}
            </span>
            <IconButton icon={X} label={`Leave out ${path}`} size="sm" onClick={() => onRemove(path)} />
          </li>
        )
      })}
    </ul>
  )
}

interface SourceButtonsProps {
  onPicked: (paths: string[]) => void
  onUpload: (files: File[]) => void
}

/** Native dialogs where the host has them; in a browser, an upload. */
function SourceButtons({ onPicked, onUpload }: SourceButtonsProps) {
  const { client } = useServices()
  const info = useInfo()
  const input = useRef<HTMLInputElement>(null)
  if (info === null) return null
  if (info.abilities.dialogs) {
    const pick = (kind: 'files' | 'folder') =>
      attempt('The dialog could not be opened', async () => onPicked(await client.system.pickPaths({ kind })))
    return (
      <div className="flex gap-2">
        <Button icon={Files} onClick={() => void pick('files')}>
          Choose files…
        </Button>
        <Button icon={FolderPlus} onClick={() => void pick('folder')}>
          Choose a folder…
        </Button>
      </div>
    )
  }
  return (
    <div className="flex items-center gap-3">
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={(event: ChangeEvent<HTMLInputElement>) => onUpload([...(event.target.files ?? [])])}
      />
      <Button icon={Upload} onClick={() => input.current?.click()}>
        Upload files…
      </Button>
      <span className="text-ink-faint text-xs">
        A browser does not tell paths: uploaded files are kept as a copy, self-contained.
      </span>
    </div>
  )
}

import { Command } from 'cmdk'
import {
  ArrowLeftRight,
  Box,
  CornerDownLeft,
  Database,
  Download,
  FolderDown,
  Handshake,
  type LucideIcon,
  Package,
  Search,
} from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useState } from 'react'
import type { Finding } from '../../src-shared/contract/index.ts'
import { shortCid } from '../../src-shared/format/index.ts'
import { isCid, Keys } from '../components/index.ts'
import { closeFind, goTo, setFindText, useFind, useLoaded, useServices } from '../state/index.ts'
import { type PaletteCommand, useCommands } from './commands.ts'

const ICONS: Record<Finding['kind'], LucideIcon> = {
  import: FolderDown,
  deal: Handshake,
  retrieval: Download,
  shard: Database,
  piece: Package,
  block: Box,
  transfer: ArrowLeftRight,
}

/** One field: what is typed or pasted is looked up in the engine, and among the verbs of the window. */
export function Palette() {
  const { open, text } = useFind()
  if (!open) return null
  return (
    <Dialog.Root open onOpenChange={(next) => !next && closeFind()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[10vh] left-1/2 z-40 w-152 max-w-[calc(100vw-32px)] -translate-x-1/2 overflow-hidden rounded-md bg-raised shadow-raised outline-none"
        >
          <Dialog.Title className="sr-only">Find</Dialog.Title>
          <Finder text={text} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Finder({ text }: { text: string }) {
  const { client } = useServices()
  const commands = useCommands()
  const wanted = useSettled(text.trim())
  const found = useLoaded(wanted.length >= 2 ? wanted : null, (signal) =>
    client.system.find({ text: wanted }, { signal }),
  )
  const words = text.trim().toLowerCase().split(/\s+/)
  const verbs = commands.filter(({ label, words: more }) => {
    const searched = `${label} ${more}`.toLowerCase()
    return words.every((word) => searched.includes(word))
  })
  const findings = wanted.length >= 2 ? (found.value ?? []) : []
  const looking = wanted !== text.trim() || (wanted.length >= 2 && found.status === 'loading')
  const choose = (work: () => void) => () => {
    closeFind()
    work()
  }
  return (
    <Command shouldFilter={false} loop label="Find">
      <div className="flex items-center gap-2.5 border-line border-b px-4">
        <Search aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setFindText}
          placeholder="Paste a CID, or type part of a name, path or error"
          className="h-11 min-w-0 flex-1 bg-transparent text-ink text-md outline-none"
        />
      </div>
      <Command.List className="max-h-[52vh] overflow-y-auto p-1.5">
        {findings.length > 0 && (
          <Command.Group heading={<Heading>Found</Heading>}>
            {findings.map((finding) => (
              <FindingItem
                key={`${finding.kind}-${finding.id}`}
                finding={finding}
                onSelect={choose(() => show(finding))}
              />
            ))}
          </Command.Group>
        )}
        {verbs.length > 0 && (
          <Command.Group heading={<Heading>Do</Heading>}>
            {verbs.map((command) => (
              <CommandItem key={command.id} command={command} onSelect={choose(command.run)} />
            ))}
          </Command.Group>
        )}
        {findings.length === 0 && verbs.length === 0 && (
          <p className="px-3 py-8 text-center text-ink-soft">
            {looking
              ? 'Looking…'
              : found.status === 'failed'
                ? found.error.message
                : isCid(wanted)
                  ? 'Nothing here has this CID: no import, deal, piece or retrieval, and no block in an indexed shard.'
                  : `Nothing is called “${text.trim()}”.`}
          </p>
        )}
      </Command.List>
      <div className="flex items-center gap-3 border-line border-t px-4 py-1.5 text-2xs text-ink-faint">
        <span className="inline-flex items-center gap-1">
          <CornerDownLeft aria-hidden className="size-3" /> Open
        </span>
        <span className="inline-flex items-center gap-1">
          <Keys keys="Esc" /> Close
        </span>
      </div>
    </Command>
  )
}

const ITEM = 'flex items-center gap-3 rounded-sm px-2.5 py-1.5 data-[selected=true]:bg-accent-soft'

function FindingItem({ finding, onSelect }: { finding: Finding; onSelect: () => void }) {
  const Icon = ICONS[finding.kind]
  return (
    <Command.Item value={`${finding.kind}-${finding.id}`} onSelect={onSelect} className={ITEM}>
      <Icon aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-ink">
          {isCid(finding.title) ? shortCid(finding.title, 20, 14) : finding.title}
        </span>
        <span className="block truncate text-ink-faint text-xs">{finding.subtitle}</span>
      </span>
    </Command.Item>
  )
}

function CommandItem({ command, onSelect }: { command: PaletteCommand; onSelect: () => void }) {
  const { id, label, icon: Icon, shortcut } = command
  return (
    <Command.Item value={id} onSelect={onSelect} className={ITEM}>
      <Icon aria-hidden className="size-4 shrink-0 text-ink-faint" />
      <span className="min-w-0 flex-1 truncate text-ink">{label}</span>
      {shortcut !== undefined && <Keys keys={shortcut} />}
    </Command.Item>
  )
}

function Heading({ children }: { children: string }) {
  return <span className="block px-2.5 pt-1.5 pb-1 font-medium text-2xs text-ink-faint">{children}</span>
}

const SECTION = {
  import: 'imports',
  deal: 'deals',
  retrieval: 'retrievals',
  shard: 'shards',
  piece: 'pieces',
  block: 'shards',
  transfer: 'transfers',
} as const

function show({ kind, id }: Finding): void {
  goTo(SECTION[kind], id, kind === 'block' ? 'browse' : null)
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 120)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

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
import type { FindEvent, Finding, FindResult } from '../../src-shared/contract/index.ts'
import { shortCid } from '../../src-shared/format/index.ts'
import type { Client } from '../client/index.ts'
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
  const asks = wanted.length >= 2
  const [progress, setProgress] = useState<FindProgress | null>(null)
  const found = useLoaded(asks ? wanted : null, (signal) => findTold(client, wanted, signal, setProgress))
  const words = text.trim().toLowerCase().split(/\s+/)
  const verbs = commands.filter(({ label, words: more }) => {
    const searched = `${label} ${more}`.toLowerCase()
    return words.every((word) => searched.includes(word))
  })
  const result = asks ? found.value : null
  const findings = result?.findings ?? []
  const looking = wanted !== text.trim() || (asks && found.status === 'loading')
  const choose = (work: () => void) => () => {
    closeFind()
    work()
  }
  const enterSoon = useEnterBeforeFound(looking ? null : findings, (finding) => choose(() => show(finding))())
  return (
    <Command
      shouldFilter={false}
      loop
      label="Find"
      onKeyDown={(event) => event.key === 'Enter' && looking && findings.length + verbs.length === 0 && enterSoon()}
    >
      <div className="flex items-center gap-2.5 border-line border-b px-4">
        <Search aria-hidden className="size-4 shrink-0 text-ink-faint" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setFindText}
          maxLength={4096}
          placeholder="Paste a CID, or type part of a name, path or error"
          className="h-11 min-w-0 flex-1 bg-transparent text-ink text-md outline-none"
        />
      </div>
      {result !== null && result.readAs.length > 0 && (
        <p className="border-line border-b px-4 py-1.5 text-ink-faint text-xs">
          Read as <span className="text-ink-soft">{result.readAs.join(' · ')}</span>
        </p>
      )}
      <Command.List className="max-h-[52vh] overflow-y-auto p-1.5 empty:p-0">
        {KINDS.map(([kind, title]) => {
          const own = findings.filter((finding) => finding.kind === kind)
          if (own.length === 0) return null
          return (
            <Command.Group key={kind} heading={<Heading>{title}</Heading>}>
              {own.map((finding) => (
                <FindingItem key={finding.id} finding={finding} onSelect={choose(() => show(finding))} />
              ))}
            </Command.Group>
          )
        })}
        {verbs.length > 0 && (
          <Command.Group heading={<Heading>Do</Heading>}>
            {verbs.map((command) => (
              <CommandItem key={command.id} command={command} onSelect={choose(command.run)} />
            ))}
          </Command.Group>
        )}
      </Command.List>
      {findings.length === 0 && verbs.length === 0 && (
        <div aria-live="polite" className="px-3 py-8 text-center text-ink-soft">
          {looking ? (
            <p className="figures">{lookingText(progress)}</p>
          ) : found.status === 'failed' ? (
            <p>{found.error.message}</p>
          ) : (
            <NotFound text={text.trim()} result={result} />
          )}
        </div>
      )}
      <div className="flex items-center gap-3 border-line border-t px-4 py-1.5 text-2xs text-ink-faint">
        <span className="inline-flex items-center gap-1">
          <Keys keys="↑" /> <Keys keys="↓" /> Choose
        </span>
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

type FindProgress = Extract<FindEvent, { type: 'progress' }>

/** Leaving the search ends it. */
async function findTold(
  { system }: Client,
  text: string,
  signal: AbortSignal,
  onProgress: (progress: FindProgress | null) => void,
): Promise<FindResult | null> {
  onProgress(null)
  for await (const event of await system.watchFind({ text }, { signal }))
    if (event.type === 'done') return event.result
    else onProgress(event)
  return null
}

function lookingText(progress: FindProgress | null): string {
  if (progress === null) return 'Looking…'
  const { looked, total } = progress
  return `Looked into ${looked.toLocaleString('en')} of ${total.toLocaleString('en')} imports and retrievals…`
}

/** What was looked through, so that nobody wonders whether it was looked for in the right place. */
function NotFound({ text, result }: { text: string; result: FindResult | null }) {
  if (result === null) return null
  const isCidLike = result.readAs.length > 0
  return (
    <>
      <p className="text-ink">{isCidLike ? 'Nothing here has this CID.' : `Nothing is called “${text}”.`}</p>
      <p className="mx-auto max-w-100 pt-1 text-xs">Looked through {listed(result.searched)}.</p>
    </>
  )
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** Enter pressed while it is still being looked for opens the first thing as soon as it is found. */
function useEnterBeforeFound(findings: readonly Finding[] | null, open: (first: Finding) => void): () => void {
  const [pressed, setPressed] = useState(false)
  useEffect(() => {
    if (!pressed || findings === null) return
    setPressed(false)
    const [first] = findings
    if (first !== undefined) open(first)
  })
  return () => setPressed(true)
}

/** In the order in which they are shown. */
const KINDS: ReadonlyArray<readonly [Finding['kind'], string]> = [
  ['import', 'Imports'],
  ['deal', 'Deals'],
  ['retrieval', 'Retrievals'],
  ['piece', 'Pieces'],
  ['shard', 'Shards'],
  ['block', 'Blocks in shards'],
  ['transfer', 'Transfers'],
]

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
  transfer: 'transfers',
} as const

function show({ kind, id, block }: Finding): void {
  if (kind === 'block') goTo('shards', id, 'browse', block)
  else goTo(SECTION[kind], id)
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 120)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

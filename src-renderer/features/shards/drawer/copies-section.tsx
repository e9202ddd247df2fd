import { FolderSearch, HardDrive, ListTree, type LucideIcon, Package } from 'lucide-react'
import type { ShardCopy, ShardDetail, ShardView } from '../../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../../src-shared/format/index.ts'
import { IconButton, PathText, Section, ToneIcon } from '../../../components/index.ts'
import { attempt, useInfo, useServices } from '../../../state/index.ts'
import { mountWord } from '../shard-words.ts'

const KINDS: Record<ShardCopy['kind'], { title: string; icon: LucideIcon }> = {
  piece: { title: 'Unsealed copy', icon: Package },
  transient: { title: 'Transient', icon: HardDrive },
  index: { title: 'Index', icon: ListTree },
}

/** Where the bytes are: the source behind the mount, the local copy where one was fetched, and the index. */
export function CopiesSection({ detail, shard }: { detail: ShardDetail | null; shard: ShardView }) {
  const copies = detail?.copies ?? []
  return (
    <Section title="Copies">
      <ul className="divide-y divide-line rounded-md shadow-[inset_0_0_0_1px_var(--line)]">
        {copies.map((copy) => (
          <CopyLine key={copy.kind} copy={copy} />
        ))}
        {detail !== null && !copies.some(({ kind }) => kind === 'index') && <AbsentLine kind="index" text="None yet" />}
        {detail !== null && !copies.some(({ kind }) => kind === 'transient') && (
          <AbsentLine kind="transient" text="None: the source is read in place" />
        )}
      </ul>
      <p className="selectable break-all text-ink-faint text-xs">
        <span className="text-ink-soft">Mount</span> {mountWord(shard.url)}, {shard.url}
      </p>
    </Section>
  )
}

function CopyLine({ copy }: { copy: ShardCopy }) {
  const { client } = useServices()
  const info = useInfo()
  const { kind, path, sizeBytes, exists, note } = copy
  const { title, icon: Icon } = KINDS[kind]
  const isLocal = exists && /^([/\\]|[A-Z]:)/i.test(path)
  return (
    <li className="flex gap-2.5 px-3 py-2 text-xs">
      <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0 text-ink-faint" />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="font-medium text-ink">{title}</span>
          <span className={exists ? 'figures text-ink' : 'inline-flex items-center gap-1 text-ink-soft'}>
            {exists ? (sizeBytes === null ? 'There' : formatBytes(sizeBytes)) : 'Not there'}
          </span>
        </div>
        <PathText path={path} />
        {note !== null && (
          <p className="flex gap-1.5 pt-0.5 text-ink-soft">
            <ToneIcon tone={exists && kind !== 'piece' ? 'idle' : 'attention'} className="mt-0.5" />
            <span className="selectable min-w-0 break-words">{note}</span>
          </p>
        )}
      </div>
      {isLocal && info?.abilities.reveal === true && (
        <IconButton
          icon={FolderSearch}
          size="sm"
          label={`Show ${title.toLowerCase()} in folder`}
          onClick={() => void attempt('The file could not be shown', () => client.system.reveal({ path }))}
        />
      )}
    </li>
  )
}

function AbsentLine({ kind, text }: { kind: ShardCopy['kind']; text: string }) {
  const { title, icon: Icon } = KINDS[kind]
  return (
    <li className="flex items-baseline gap-2.5 px-3 py-2 text-xs">
      <Icon aria-hidden className="size-3.5 shrink-0 self-center text-ink-faint" />
      <span className="flex-1 text-ink-soft">{title}</span>
      <span className="text-ink-faint">{text}</span>
    </li>
  )
}

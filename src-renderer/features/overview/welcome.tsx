import { Download, FolderDown, type LucideIcon, Plus, Send } from 'lucide-react'
import { Button, Logo } from '../../components/index.ts'
import { hrefOf, useInfo } from '../../state/index.ts'
import { openImportDialog } from '../imports/index.ts'

const STEPS: { icon: LucideIcon; title: string; text: string }[] = [
  {
    icon: FolderDown,
    title: 'Drop',
    text: 'Files and folders become data with a root CID. The originals stay where they are.',
  },
  {
    icon: Send,
    title: 'Send to provider',
    text: 'Proposes a deal. The provider fetches the data and keeps it as a piece.',
  },
  {
    icon: Download,
    title: 'Retrieve',
    text: 'Fetches it back, checks every block, and writes your files where you want them.',
  },
]

/** The first screen of an empty Carport: three gestures from a file to its retrieved copy. */
export function Welcome() {
  const info = useInfo()
  return (
    <div className="flex flex-col items-center gap-6 rounded-md bg-surface px-6 py-12 text-center shadow-[inset_0_0_0_1px_var(--line)]">
      <Logo className="size-12" />
      <div className="max-w-120 space-y-1">
        <h2 className="text-balance font-semibold text-ink text-lg tracking-tight">
          Drop a file anywhere on this window
        </h2>
        <p className="text-balance text-ink-soft">
          {info?.abilities.droppedPaths === false
            ? 'It is uploaded to the engine and kept as a copy. Or give the path of a file on the engine’s machine, which is not copied.'
            : 'It is read, not copied, and not moved.'}
        </p>
      </div>
      <Button kind="primary" size="lg" icon={Plus} onClick={() => openImportDialog()}>
        Import…
      </Button>
      <p className="text-ink-soft text-xs">
        Coming from Lotus?{' '}
        <a href={hrefOf('migration')} className="rounded-sm font-medium text-accent-ink hover:underline">
          Take over its deals and imports
        </a>
      </p>
      <ol className="grid w-full max-w-184 grid-cols-3 gap-6 pt-4 max-[760px]:grid-cols-1">
        {STEPS.map(({ icon: Icon, title, text }, position) => (
          <li key={title} className="space-y-1.5">
            <span className="mx-auto flex size-8 items-center justify-center rounded-full bg-accent-soft text-accent-ink">
              <Icon aria-hidden className="size-4" />
            </span>
            <p className="font-medium text-ink">
              {position + 1}. {title}
            </p>
            <p className="text-balance text-ink-soft text-xs">{text}</p>
          </li>
        ))}
      </ol>
    </div>
  )
}

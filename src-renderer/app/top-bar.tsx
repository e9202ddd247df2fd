import { CircleHelp, Moon, Search, Sun } from 'lucide-react'
import { IconButton, Keys } from '../components/index.ts'
import { openDialog, openFind, setPreferences } from '../state/index.ts'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { useShownTheme } from './use-shown-theme.ts'

/** One field that finds anything: a CID, a path, an id, an error, a verb. */
export function TopBar() {
  const theme = useShownTheme()
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b bg-canvas px-5">
      <button
        type="button"
        onClick={() => openFind()}
        className="flex h-7 min-w-0 max-w-120 flex-1 items-center gap-2 rounded-md bg-surface px-2.5 text-ink-faint text-xs shadow-[inset_0_0_0_1px_var(--line-strong)] transition-shadow hover:shadow-[inset_0_0_0_1px_var(--line-control)]"
      >
        <Search aria-hidden className="size-3.5 shrink-0" />
        <span className="flex-1 truncate text-left">Find a CID, path, deal, error…</span>
        <Keys keys="Mod+K" />
      </button>
      <div className="ml-auto flex items-center gap-1">
        <IconButton
          icon={theme === 'dark' ? Sun : Moon}
          label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
          onClick={() => setPreferences({ theme: theme === 'dark' ? 'light' : 'dark' })}
        />
        <IconButton
          icon={CircleHelp}
          label="Keyboard shortcuts"
          shortcut="?"
          onClick={() => openDialog((close) => <ShortcutsDialog onClose={close} />)}
        />
      </div>
    </header>
  )
}

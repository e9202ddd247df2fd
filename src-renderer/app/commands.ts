import {
  CircleHelp,
  Download,
  FileText,
  Gauge,
  LifeBuoy,
  ListPlus,
  type LucideIcon,
  Monitor,
  Moon,
  Package,
  Play,
  Plus,
  Rows3,
  ScanSearch,
  Sun,
  Trash2,
} from 'lucide-react'
import { createElement } from 'react'
import { openDiagnosticsDialog } from '../features/activity/index.ts'
import { openImportDialog } from '../features/imports/index.ts'
import { openAddPieceDialog } from '../features/pieces/index.ts'
import { openRetrieveDialog } from '../features/retrievals/index.ts'
import { openBulkDialog, openRegisterDialog } from '../features/shards/index.ts'
import { openGcDialog, openQuotaDialog } from '../features/storage/index.ts'
import { goTo, openDialog, setPreferences, useStatus } from '../state/index.ts'
import { GROUPS, shortcutOf } from './sections.ts'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'

/** A verb of the window that can be found by its words. */
export interface PaletteCommand {
  id: string
  label: string
  /** Other words it is found by. */
  words: string
  icon: LucideIcon
  shortcut?: string
  run: () => void
}

/** Every verb that works without something being chosen first, for the roles that the engine plays. */
export function useCommands(): PaletteCommand[] {
  const { value: status } = useStatus()
  const plays = (role: 'client' | 'provider') => status === null || status.roles.includes(role)
  const sections = GROUPS.filter(({ role }) => role === null || plays(role)).flatMap((group) => group.sections)
  return [
    ...(plays('client') ? CLIENT : []),
    { id: 'verify', label: 'Verify a CAR', words: 'inspect check car', icon: ScanSearch, run: () => goTo('inspect') },
    ...(plays('provider') ? PROVIDER : []),
    ...sections.map(
      ({ id, label, icon }): PaletteCommand => ({
        id: `go-${id}`,
        label: `Go to ${label}`,
        words: 'show open section',
        icon,
        shortcut: shortcutOf(id),
        run: () => goTo(id),
      }),
    ),
    ...WINDOW,
  ]
}

const CLIENT: PaletteCommand[] = [
  {
    id: 'import',
    label: 'Import…',
    words: 'add file folder car',
    icon: Plus,
    shortcut: 'Mod+O',
    run: () => openImportDialog(),
  },
  { id: 'retrieve', label: 'Retrieve…', words: 'fetch download get', icon: Download, run: () => openRetrieveDialog() },
]

const PROVIDER: PaletteCommand[] = [
  { id: 'add-piece', label: 'Add a piece…', words: 'car commp', icon: Package, run: () => openAddPieceDialog() },
  {
    id: 'initialize-all',
    label: 'Initialize all shards…',
    words: 'dagstore index',
    icon: Play,
    run: () => openBulkDialog({ verb: 'initialize', wanted: { selection: { kind: 'all' } }, title: 'Initialize all' }),
  },
  {
    id: 'recover-all',
    label: 'Recover all failed shards…',
    words: 'dagstore errored broken',
    icon: LifeBuoy,
    run: () =>
      openBulkDialog({ verb: 'recover', wanted: { selection: { kind: 'all' } }, title: 'Recover all that failed' }),
  },
  {
    id: 'register',
    label: 'Register shards…',
    words: 'dagstore pieces missing',
    icon: ListPlus,
    run: openRegisterDialog,
  },
  {
    id: 'quota',
    label: 'Quota of transients…',
    words: 'disk limit space watermark',
    icon: Gauge,
    run: openQuotaDialog,
  },
  { id: 'gc', label: 'Collect garbage…', words: 'gc free space transients', icon: Trash2, run: openGcDialog },
]

const WINDOW: PaletteCommand[] = [
  { id: 'light', label: 'Light theme', words: 'appearance', icon: Sun, run: () => setPreferences({ theme: 'light' }) },
  { id: 'dark', label: 'Dark theme', words: 'appearance', icon: Moon, run: () => setPreferences({ theme: 'dark' }) },
  {
    id: 'system',
    label: 'Theme of the system',
    words: 'appearance',
    icon: Monitor,
    run: () => setPreferences({ theme: 'system' }),
  },
  {
    id: 'compact',
    label: 'Compact rows',
    words: 'density height',
    icon: Rows3,
    run: () => setPreferences({ density: 'compact' }),
  },
  {
    id: 'normal',
    label: 'Normal rows',
    words: 'density height',
    icon: Rows3,
    run: () => setPreferences({ density: 'normal' }),
  },
  {
    id: 'comfortable',
    label: 'Comfortable rows',
    words: 'density height',
    icon: Rows3,
    run: () => setPreferences({ density: 'comfortable' }),
  },
  {
    id: 'diagnostics',
    label: 'Diagnostics…',
    words: 'report defect log support',
    icon: FileText,
    run: openDiagnosticsDialog,
  },
  {
    id: 'shortcuts',
    label: 'Keyboard shortcuts',
    words: 'help keys',
    icon: CircleHelp,
    shortcut: '?',
    run: () => openDialog((onClose) => createElement(ShortcutsDialog, { onClose })),
  },
]

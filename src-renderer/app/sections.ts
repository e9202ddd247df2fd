import {
  ArrowLeftRight,
  Database,
  Download,
  FolderDown,
  FolderInput,
  Handshake,
  LayoutDashboard,
  type LucideIcon,
  Package,
  ScanSearch,
  ScrollText,
  Settings,
} from 'lucide-react'
import type { SectionId } from '../state/index.ts'

export interface SectionEntry {
  id: SectionId
  label: string
  icon: LucideIcon
}

export interface SectionGroup {
  /** Heading in the sidebar; null for a group without one. */
  title: string | null
  /** Shown only when the engine plays this role. */
  role: 'client' | 'provider' | null
  sections: readonly SectionEntry[]
}

/** The sidebar from top to bottom. */
export const GROUPS: readonly SectionGroup[] = [
  { title: null, role: null, sections: [{ id: 'overview', label: 'Overview', icon: LayoutDashboard }] },
  {
    title: 'Client',
    role: 'client',
    sections: [
      { id: 'imports', label: 'Imports', icon: FolderDown },
      { id: 'deals', label: 'Deals', icon: Handshake },
      { id: 'retrievals', label: 'Retrievals', icon: Download },
    ],
  },
  {
    title: 'Provider',
    role: 'provider',
    sections: [
      { id: 'shards', label: 'Shards', icon: Database },
      { id: 'pieces', label: 'Pieces', icon: Package },
      { id: 'migration', label: 'Migration', icon: FolderInput },
    ],
  },
  {
    title: null,
    role: null,
    sections: [
      { id: 'transfers', label: 'Transfers', icon: ArrowLeftRight },
      { id: 'inspect', label: 'Inspect', icon: ScanSearch },
      { id: 'activity', label: 'Activity', icon: ScrollText },
      { id: 'settings', label: 'Settings', icon: Settings },
    ],
  },
]

export const ALL_SECTIONS: readonly SectionEntry[] = GROUPS.flatMap(({ sections }) => sections)

export function labelOf(id: SectionId): string {
  return ALL_SECTIONS.find((section) => section.id === id)?.label ?? 'Carport'
}

const DIGITS = '1234567890'

/** `Alt+1` for the first section, as far as there are digits. */
export function shortcutOf(id: SectionId): string | undefined {
  const digit = DIGITS[ALL_SECTIONS.findIndex((section) => section.id === id)]
  return digit === undefined ? undefined : `Alt+${digit}`
}

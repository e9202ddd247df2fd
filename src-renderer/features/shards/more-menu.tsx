import { MoreHorizontal, Pause, Play, Trash2 } from 'lucide-react'
import type { BulkVerb } from '../../../src-shared/contract/index.ts'
import { IconButton, Menu, type MenuEntry } from '../../components/index.ts'
import { openGcDialog } from '../storage/index.ts'
import { openBulkDialog } from './bulk/bulk-dialog.tsx'
import { BULK_WORDS } from './bulk/bulk-words.ts'
import { useBulkState } from './bulk/use-bulk-state.ts'

const EVERY: readonly [BulkVerb, string][] = [
  ['initialize', 'Initialize all that are new…'],
  ['recover', 'Recover all that failed…'],
  ['reindex', 'Re-index all…'],
  ['acquire', 'Acquire all, to see what serves…'],
]

/** What can be done to all shards, whatever is chosen. */
export function MoreMenu() {
  const { state, pauseAll, resumeAll } = useBulkState()
  const isPaused = state?.waitsFor === 'resume'
  const entries: MenuEntry[] = [
    ...EVERY.map(([verb, label]) => ({
      label,
      icon: BULK_WORDS[verb].icon,
      onSelect: () =>
        openBulkDialog({ verb, wanted: { selection: { kind: 'all' } }, title: label.replace(/, .*|…$/g, '') }),
    })),
    'separator',
    { label: 'Collect garbage…', icon: Trash2, onSelect: openGcDialog },
    isPaused
      ? { label: 'Resume all bulk work', icon: Play, onSelect: () => resumeAll(false) }
      : { label: 'Pause all bulk work', icon: Pause, onSelect: pauseAll },
  ]
  return (
    <Menu entries={entries}>
      <IconButton icon={MoreHorizontal} label="More" />
    </Menu>
  )
}

import { Copy, FileOutput, FolderSearch, RotateCcw, Trash2, X } from 'lucide-react'
import type { RetrievalView } from '../../../src-shared/contract/index.ts'
import { copyText, type MenuEntry } from '../../components/index.ts'
import { attempt, goTo, openDialog, useInfo, useServices } from '../../state/index.ts'
import { ExportDialog } from './export-dialog.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import { isRunning } from './retrieval-words.ts'

export interface RetrievalActions {
  retry: (views: RetrievalView[]) => void
  cancel: (views: RetrievalView[]) => void
  export: (view: RetrievalView) => void
  remove: (views: RetrievalView[], removed?: () => void) => void
  reveal: ((view: RetrievalView) => void) | null
}

export function useRetrievalActions(): RetrievalActions {
  const { client } = useServices()
  const info = useInfo()
  return {
    retry: (views) =>
      void attempt('The retrieval could not be tried again', () =>
        Promise.all(views.map(({ dealId }) => client.retrievals.retry({ dealId }))),
      ),
    cancel: (views) =>
      void attempt('The retrieval could not be cancelled', () =>
        Promise.all(views.map(({ dealId }) => client.retrievals.cancel({ dealId }))),
      ),
    export: (view) => openDialog((close) => <ExportDialog view={view} onClose={close} />),
    remove: (views, removed) =>
      openDialog((close) => <RemoveDialog views={views} onClose={close} onRemoved={removed ?? (() => undefined)} />),
    reveal:
      info?.abilities.reveal === true
        ? ({ path, carPath }) =>
            void attempt('The file could not be shown', () => client.system.reveal({ path: path ?? carPath }))
        : null,
  }
}

/** Whether trying again continues with the blocks that are there. */
export function canRetry({ state, complete }: RetrievalView): boolean {
  return state === 'failed' || state === 'cancelled' || (state === 'done' && !complete)
}

export function retrievalMenu(actions: RetrievalActions, views: RetrievalView[]): MenuEntry[] {
  const [first] = views
  if (first === undefined) return []
  const one = views.length === 1 ? first : null
  const { reveal } = actions
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('retrievals', one.dealId) },
    one !== null && {
      label: 'Export…',
      icon: FileOutput,
      disabled: one.state !== 'done' || !one.complete,
      onSelect: () => actions.export(one),
    },
    one !== null && reveal !== null && { label: 'Show in folder', icon: FolderSearch, onSelect: () => reveal(one) },
    { label: 'Copy root CIDs', icon: Copy, onSelect: () => void copyText(views.map(({ root }) => root).join('\n')) },
    'separator',
    views.some(canRetry) && {
      label: 'Retry',
      icon: RotateCcw,
      onSelect: () => actions.retry(views.filter(canRetry)),
    },
    views.some(isRunning) && { label: 'Cancel', icon: X, onSelect: () => actions.cancel(views.filter(isRunning)) },
    { label: 'Remove…', icon: Trash2, shortcut: 'Delete', danger: true, onSelect: () => actions.remove(views) },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}

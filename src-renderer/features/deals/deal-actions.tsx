import { Copy, Download, RotateCcw, Trash2, X } from 'lucide-react'
import type { DealView } from '../../../src-shared/contract/index.ts'
import { ConfirmDialog, copyText, type MenuEntry } from '../../components/index.ts'
import { attempt, goTo, openDialog, useServices } from '../../state/index.ts'
import { openRetrieveDialog } from '../retrievals/index.ts'
import { hasEnded } from './deal-words.ts'

export interface DealActions {
  retry: (deals: DealView[]) => void
  cancel: (deals: DealView[]) => void
  forget: (deals: DealView[], forgotten?: () => void) => void
  retrieve: (deal: DealView) => void
}

export function useDealActions(): DealActions {
  const { client } = useServices()
  return {
    retry: (deals) =>
      void attempt('The deal could not be tried again', () =>
        Promise.all(deals.map(({ dealId }) => client.deals.retry({ dealId }))),
      ),
    cancel: (deals) =>
      void attempt('The deal could not be cancelled', () =>
        Promise.all(deals.map(({ dealId }) => client.deals.cancel({ dealId }))),
      ),
    forget: (deals, forgotten) =>
      openDialog((close) => (
        <ConfirmDialog
          title={deals.length === 1 ? 'Forget this deal?' : `Forget ${deals.length} deals?`}
          verb="Forget"
          kept="Pieces and shards stay, and so does what the provider holds."
          onClose={close}
          onConfirm={() => {
            close()
            void attempt('The deal could not be forgotten', () =>
              Promise.all(deals.map(({ dealId }) => client.deals.remove({ dealId }))),
            ).then((done) => done && forgotten?.())
          }}
        >
          <p>Removes the record and its history from this Carport. This cannot be undone.</p>
        </ConfirmDialog>
      )),
    retrieve: ({ root }) => openRetrieveDialog({ root }),
  }
}

export function dealMenu(actions: DealActions, deals: DealView[]): MenuEntry[] {
  const [first] = deals
  if (first === undefined) return []
  const one = deals.length === 1 ? first : null
  const { pieceCid } = first
  const failed = deals.filter(({ state }) => state === 'failed')
  const ended = deals.filter(hasEnded)
  const running = deals.filter((deal) => !hasEnded(deal))
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('deals', one.dealId) },
    one !== null && {
      label: 'Retrieve…',
      icon: Download,
      disabled: one.state !== 'active',
      onSelect: () => actions.retrieve(one),
    },
    'separator',
    one !== null && { label: 'Copy root CID', icon: Copy, onSelect: () => void copyText(one.root) },
    one !== null && pieceCid !== null && { label: 'Copy piece CID', onSelect: () => void copyText(pieceCid) },
    one !== null && { label: 'Copy deal id', onSelect: () => void copyText(one.dealId) },
    'separator',
    failed.length > 0 && { label: 'Retry', icon: RotateCcw, onSelect: () => actions.retry(failed) },
    running.length > 0 && { label: 'Cancel', icon: X, onSelect: () => actions.cancel(running) },
    ended.length > 0 && {
      label: 'Forget…',
      icon: Trash2,
      shortcut: 'Delete',
      danger: true,
      onSelect: () => actions.forget(ended),
    },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}

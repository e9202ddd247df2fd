import { Copy, Pause, Play, RotateCcw, X } from 'lucide-react'
import type { TransferView } from '../../../src-shared/contract/index.ts'
import { copyText, type MenuEntry } from '../../components/index.ts'
import { attempt, goTo, useServices } from '../../state/index.ts'
import { canPause, canRestart, canResume, isOver } from './transfer-words.ts'

export interface TransferActions {
  pause: (transfers: TransferView[]) => void
  resume: (transfers: TransferView[]) => void
  cancel: (transfers: TransferView[]) => void
  restart: (transfers: TransferView[]) => void
}

export function useTransferActions(): TransferActions {
  const { client, stores } = useServices()
  const each = (what: string, call: (input: { id: string }) => Promise<TransferView>) => (transfers: TransferView[]) =>
    void attempt(what, () => Promise.all(transfers.map(async ({ id }) => stores.transfers.put(await call({ id })))))
  return {
    pause: each('The transfer could not be paused', client.transfers.pause),
    resume: each('The transfer could not be resumed', client.transfers.resume),
    cancel: each('The transfer could not be cancelled', client.transfers.cancel),
    restart: each('The transfer could not be started again', client.transfers.restart),
  }
}

export function transferMenu(actions: TransferActions, transfers: TransferView[]): MenuEntry[] {
  const [first] = transfers
  if (first === undefined) return []
  const one = transfers.length === 1 ? first : null
  const pausable = transfers.filter(canPause)
  const paused = transfers.filter(canResume)
  const broken = transfers.filter(canRestart)
  const live = transfers.filter((transfer) => !isOver(transfer))
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('transfers', one.id) },
    pausable.length > 0 && { label: 'Pause', icon: Pause, onSelect: () => actions.pause(pausable) },
    paused.length > 0 && { label: 'Resume', icon: Play, onSelect: () => actions.resume(paused) },
    broken.length > 0 && { label: 'Start again', icon: RotateCcw, onSelect: () => actions.restart(broken) },
    live.length > 0 && { label: 'Cancel', icon: X, onSelect: () => actions.cancel(live) },
    'separator',
    { label: 'Copy CIDs', icon: Copy, onSelect: () => void copyText(transfers.map(({ what }) => what).join('\n')) },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}

import { Copy, Download, FolderSearch, FolderSymlink, RotateCcw, Send, Trash2, X } from 'lucide-react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { Button, baseName, copyText, type MenuEntry, toast } from '../../components/index.ts'
import { attempt, goTo, openDialog, type Services, useInfo, useServices } from '../../state/index.ts'
import { openSendDialog } from '../deals/index.ts'
import { openRetrieveDialog } from '../retrievals/index.ts'
import { DropDialog } from './drop-dialog.tsx'
import { RelinkDialog } from './relink-dialog.tsx'

/** Everything that can be done with imports; the same for the row, the drawer, the context menu and the keyboard. */
export interface ImportActions {
  send: (views: ImportView[]) => void
  sendElsewhere: (views: ImportView[]) => void
  retrieve: (view: ImportView) => void
  retry: (views: ImportView[]) => void
  cancel: (views: ImportView[]) => void
  importAgain: (view: ImportView) => void
  relink: (view: ImportView) => void
  drop: (views: ImportView[], dropped?: () => void) => void
  reveal: ((view: ImportView) => void) | null
}

export function useImportActions(): ImportActions {
  const services = useServices()
  const info = useInfo()
  const { client } = services
  return {
    send: (views) =>
      info?.providerUrl === null ? openSendDialog(rootsOf(views)) : void sendToOwnProvider(services, views),
    sendElsewhere: (views) => openSendDialog(rootsOf(views)),
    retrieve: (view) => view.root !== null && openRetrieveDialog({ root: view.root, name: baseName(view.source) }),
    retry: (views) => each('The import could not be tried again', views, ({ id }) => client.imports.retry({ id })),
    cancel: (views) => each('The import could not be cancelled', views, ({ id }) => client.imports.cancel({ id })),
    importAgain: (view) => void importAgain(services, view),
    relink: (view) => openDialog((close) => <RelinkDialog view={view} onClose={close} />),
    drop: (views, dropped) =>
      openDialog((close) => <DropDialog views={views} onClose={close} onDropped={dropped ?? (() => undefined)} />),
    reveal:
      info?.abilities.reveal === true
        ? (view) => void attempt('The file could not be shown', () => client.system.reveal({ path: view.source }))
        : null,
  }
}

/** Whether its data can be sent or read now. */
export function isUsable({ state, health, root }: ImportView): boolean {
  return state === 'ready' && health !== 'broken' && root !== null
}

export function importMenu(actions: ImportActions, views: ImportView[]): MenuEntry[] {
  const [first] = views
  if (first === undefined) return []
  const usable = views.filter(isUsable)
  const failed = views.filter(({ state }) => state === 'failed')
  const running = views.filter(({ state }) => state === 'importing')
  const one = views.length === 1 ? first : null
  const { root } = first
  const { reveal } = actions
  const entries: (MenuEntry | false | null)[] = [
    one !== null && { label: 'Open details', onSelect: () => goTo('imports', one.id) },
    { label: 'Send to provider', icon: Send, disabled: usable.length === 0, onSelect: () => actions.send(usable) },
    {
      label: 'Send to another provider…',
      disabled: usable.length === 0,
      onSelect: () => actions.sendElsewhere(usable),
    },
    one !== null && {
      label: 'Retrieve…',
      icon: Download,
      disabled: !isUsable(one),
      onSelect: () => actions.retrieve(one),
    },
    'separator',
    one !== null && root !== null && { label: 'Copy root CID', icon: Copy, onSelect: () => void copyText(root) },
    { label: 'Copy paths', onSelect: () => void copyText(views.map(({ source }) => source).join('\n')) },
    one !== null && reveal !== null && { label: 'Show in folder', icon: FolderSearch, onSelect: () => reveal(one) },
    'separator',
    failed.length > 0 && { label: 'Retry', icon: RotateCcw, onSelect: () => actions.retry(failed) },
    running.length > 0 && { label: 'Cancel', icon: X, onSelect: () => actions.cancel(running) },
    one !== null &&
      hasRemedy(one, 'relink') && { label: 'Relink…', icon: FolderSymlink, onSelect: () => actions.relink(one) },
    { label: 'Drop…', icon: Trash2, shortcut: 'Delete', danger: true, onSelect: () => actions.drop(views) },
  ]
  return entries.filter((entry): entry is MenuEntry => entry !== false && entry !== null)
}

/** What mends this import, as buttons; the first is the most likely. */
export function Remedies({ view, actions }: { view: ImportView; actions: ImportActions }) {
  return (view.problem?.remedies ?? []).map((remedy) => {
    switch (remedy) {
      case 'relink':
        return (
          <Button key={remedy} size="sm" onClick={() => actions.relink(view)}>
            Relink…
          </Button>
        )
      case 'reimport':
        return (
          <Button key={remedy} size="sm" onClick={() => actions.importAgain(view)}>
            Import again
          </Button>
        )
      case 'retry':
        return (
          <Button key={remedy} size="sm" onClick={() => actions.retry([view])}>
            Retry
          </Button>
        )
      case 'drop':
        return (
          <Button key={remedy} size="sm" onClick={() => actions.drop([view])}>
            Drop…
          </Button>
        )
      default:
        return null
    }
  })
}

export function hasRemedy(view: ImportView, remedy: string): boolean {
  return view.problem?.remedies.some((each) => each === remedy) === true
}

async function sendToOwnProvider({ client, stores }: Services, views: ImportView[]): Promise<void> {
  let last: string | null = null
  await attempt('The deal could not be proposed', async () => {
    for (const root of rootsOf(views)) {
      const deal = await client.deals.propose({ root })
      stores.deals.put(deal)
      last = deal.dealId
    }
  })
  if (last === null) return
  const dealId: string = last
  toast.done(views.length === 1 ? 'Deal proposed' : `${views.length} deals proposed`, {
    description: 'The provider of this Carport receives the data now.',
    action: { label: 'Show deal', onClick: () => goTo('deals', dealId) },
  })
}

/** The same file once more; the broken import goes when the new one is whole. */
async function importAgain({ client, stores }: Services, view: ImportView): Promise<void> {
  await attempt(`${baseName(view.source)} could not be imported again`, async () => {
    const begun = await client.imports.start({
      path: view.source,
      kind: view.kind,
      ...(view.profile !== null && { profile: view.profile }),
    })
    stores.imports.put(begun)
    goTo('imports', begun.id)
    await client.imports.wait({ id: begun.id })
    await client.imports.drop({ ids: [view.id] })
    toast.done(`${baseName(view.source)} is imported again`, { description: 'The broken import was dropped.' })
  })
}

function rootsOf(views: readonly ImportView[]): string[] {
  return [...new Set(views.flatMap(({ root }) => root ?? []))]
}

function each(what: string, views: ImportView[], work: (view: ImportView) => Promise<unknown>): void {
  void attempt(what, () => Promise.all(views.map(work)))
}

import {
  Copy,
  CopyPlus,
  Download,
  FolderSearch,
  FolderSymlink,
  RotateCcw,
  Send,
  ShieldCheck,
  Trash2,
  X,
} from 'lucide-react'
import type { ImportView } from '../../../src-shared/contract/index.ts'
import { Button, baseName, copyText, type MenuEntry, toast } from '../../components/index.ts'
import { attempt, goTo, openDialog, type Services, useInfo, useServices } from '../../state/index.ts'
import { openSendDialog } from '../deals/index.ts'
import { counted } from '../paths/index.ts'
import { openRetrieveDialog } from '../retrievals/index.ts'
import { DropDialog } from './drop-dialog.tsx'
import { MaterialiseDialog } from './materialise-dialog.tsx'
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
  materialise: (views: ImportView[]) => void
  check: (views: ImportView[] | 'all', deep: boolean) => void
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
    materialise: (views) => openDialog((close) => <MaterialiseDialog views={views} onClose={close} />),
    check: (views, deep) => void check(services, views, deep),
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
  const linked = usable.filter(({ kind }) => kind === 'linked')
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
    { label: 'Check', icon: ShieldCheck, onSelect: () => actions.check(views, false) },
    { label: 'Check every block', onSelect: () => actions.check(views, true) },
    linked.length > 0 && {
      label: 'Make self-contained…',
      icon: CopyPlus,
      onSelect: () => actions.materialise(linked),
    },
    one !== null &&
      one.kind === 'linked' &&
      one.state === 'ready' && { label: 'Relink…', icon: FolderSymlink, onSelect: () => actions.relink(one) },
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
      case 'materialise':
        return (
          <Button key={remedy} size="sm" onClick={() => actions.materialise([view])}>
            Make self-contained…
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

async function importAgain({ client, stores }: Services, view: ImportView): Promise<void> {
  await attempt(`${baseName(view.source)} could not be imported again`, async () => {
    const begun = await client.imports.reimport({ id: view.id })
    stores.imports.put(begun)
    goTo('imports', begun.id)
    toast.done(`Importing ${baseName(view.source)} as it is now`, {
      description: 'The old import goes when the new one is whole.',
    })
  })
}

/** Looks at the files; `deep` reads and hashes every block, which takes as long as reading the disk. */
async function check({ client, stores }: Services, views: ImportView[] | 'all', deep: boolean): Promise<void> {
  await attempt('The imports could not be checked', async () => {
    const ids = views === 'all' ? [] : views.map(({ id }) => id)
    const found = await client.imports.check({ ids, deep })
    for (const item of found.items) stores.imports.put(item)
    const wrong = found.attention + found.broken
    toast.done(
      wrong === 0
        ? `All ${counted(found.checked, 'import')} are good`
        : `${wrong} of ${counted(found.checked, 'import')} need attention`,
      {
        description: deep ? 'Every block was read and hashed.' : 'Files were looked at, not read.',
      },
    )
  })
}

function rootsOf(views: readonly ImportView[]): string[] {
  return [...new Set(views.flatMap(({ root }) => root ?? []))]
}

function each(what: string, views: ImportView[], work: (view: ImportView) => Promise<unknown>): void {
  void attempt(what, () => Promise.all(views.map(work)))
}

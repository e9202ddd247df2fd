import { Bookmark, ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { SavedView, TableLook } from '../../../src-shared/contract/index.ts'
import { Button, Menu, type MenuEntry, type TableView, toast } from '../../components/index.ts'
import { attempt, openDialog, useServices, useTableState, useTableView } from '../../state/index.ts'
import { sameLook } from './same-look.ts'
import { ViewNameDialog } from './view-name-dialog.tsx'

/** How the user looks at a table, with the menu of its named views before the filters. `sort` is how it is sorted at first. */
export function useSavedTableView(
  table: string,
  sort: TableView['sort'],
): ReturnType<typeof useTableView> & { lead: ReactNode } {
  const look = useTableView(table, sort)
  return { ...look, lead: <SavedViews table={table} view={look.view} onView={look.onView} sort={sort} /> }
}

interface SavedViewsProps {
  /** Name of the table. */
  table: string
  view: TableView
  onView: (change: Partial<TableView>) => void
  /** How the table is sorted without a view. */
  sort: TableView['sort']
}

/** Which view was chosen, by table, as long as the window lives. */
const chosen = createStore<Record<string, string | null>>(() => ({}))

/** The named views of a table: choose one, save how it looks now, rename, delete. */
function SavedViews({ table, view, onView, sort }: SavedViewsProps) {
  const { client, stores } = useServices()
  const all = useTableState(stores.views).rows
  const views = all.filter((each) => each.table === table).sort((a, b) => a.name.localeCompare(b.name))
  const chosenId = useStore(chosen, (state) => state[table] ?? null)
  const active = views.find(({ id }) => id === chosenId) ?? null
  const { chip, query, widths, visible } = view
  const now: TableLook = { chip, query, sort: view.sort, widths, visible }
  const changed = active !== null && !sameLook(active.look, now)
  const choose = (id: string | null) => chosen.setState({ [table]: id })

  const save = async (id: string | null, name: string, look: TableLook): Promise<void> => {
    const saved = await client.views.save({ id, table, name, look })
    stores.views.put(saved)
    choose(saved.id)
  }
  const askName = (title: string, verb: string, initial: string, onName: (name: string) => Promise<void>) =>
    openDialog((close) => (
      <ViewNameDialog
        title={title}
        verb={verb}
        initial={initial}
        taken={views.map(({ name }) => name).filter((name) => name !== initial)}
        onName={onName}
        onClose={close}
      />
    ))
  const remove = ({ id, name, look }: SavedView) =>
    void attempt('The view could not be deleted', async () => {
      await client.views.remove({ id })
      choose(null)
      toast.done(`View “${name}” deleted`, {
        action: {
          label: 'Undo',
          onClick: () => void attempt('The view could not be brought back', () => save(null, name, look)),
        },
      })
    })

  const entries: (MenuEntry | false)[] = [
    {
      label: 'All, as usual',
      checked: active === null,
      closes: true,
      onSelect: () => {
        choose(null)
        onView({ chip: 'all', query: '', sort, widths: {}, visible: {} })
      },
    },
    ...views.map((each) => ({
      label: each.name,
      checked: each.id === chosenId,
      closes: true,
      onSelect: () => {
        choose(each.id)
        onView(each.look)
      },
    })),
    'separator',
    active !== null &&
      changed && {
        label: `Save changes to “${active.name}”`,
        onSelect: () => void attempt('The view could not be saved', () => save(active.id, active.name, now)),
      },
    {
      label: 'Save as a new view…',
      onSelect: () => askName('Save this view', 'Save', '', (name) => save(null, name, now)),
    },
    active !== null && {
      label: 'Rename…',
      onSelect: () => askName('Rename the view', 'Rename', active.name, (name) => save(active.id, name, active.look)),
    },
    active !== null && { label: `Delete “${active.name}”`, danger: true, onSelect: () => remove(active) },
  ]
  return (
    <Menu entries={entries.filter((entry) => entry !== false)} align="start">
      <Button
        kind="quiet"
        icon={Bookmark}
        aria-label={active === null ? 'Views' : `View: ${active.name}${changed ? ', changed' : ''}`}
        className="max-w-48 px-2"
      >
        {active === null ? (
          <span className="max-[860px]:hidden">Views</span>
        ) : (
          <span className="truncate text-ink">
            {active.name}
            {changed && <span aria-hidden> •</span>}
          </span>
        )}
        <ChevronDown aria-hidden className="size-3 shrink-0" />
      </Button>
    </Menu>
  )
}

import { useStore } from 'zustand'
import { persist } from 'zustand/middleware'
import { createStore } from 'zustand/vanilla'
import type { RowDensity, TableView } from '../components/index.ts'

/** How this window looks. Kept in the window itself: it says nothing about the engine. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  density: RowDensity
  /** By name of the table; what of a view is worth keeping. */
  tables: Record<string, Pick<TableView, 'sort' | 'widths' | 'visible'>>
}

const preferences = createStore<Preferences>()(
  persist(() => ({ theme: 'system', density: 'normal', tables: {} }) as Preferences, {
    name: 'carport.preferences',
    version: 1,
  }),
)

export function usePreferences(): Preferences {
  return useStore(preferences)
}

export function setPreferences(change: Partial<Preferences>): void {
  preferences.setState(change)
}

/** Chip and search of each table as long as the window lives: coming back finds them as they were left. */
const filters = createStore<Record<string, Pick<TableView, 'chip' | 'query'>>>(() => ({}))
const NO_FILTER = { chip: 'all', query: '' }

/** How the user looks at one table. `sort` is how it is sorted at first. */
export function useTableView(
  name: string,
  sort: TableView['sort'],
): { view: TableView; onView: (change: Partial<TableView>) => void; density: RowDensity } {
  const kept = useStore(preferences, ({ tables }) => tables[name])
  const density = useStore(preferences, (state) => state.density)
  const filter = useStore(filters, (state) => state[name]) ?? NO_FILTER
  const view: TableView = {
    sort: kept?.sort ?? sort,
    widths: kept?.widths ?? NONE,
    visible: kept?.visible ?? NONE_SHOWN,
    ...filter,
  }
  const onView = (change: Partial<TableView>) => {
    const next = { ...view, ...change }
    filters.setState({ [name]: { chip: next.chip, query: next.query } })
    const { tables } = preferences.getState()
    preferences.setState({
      tables: { ...tables, [name]: { sort: next.sort, widths: next.widths, visible: next.visible } },
    })
  }
  return { view, onView, density }
}

/** Opens a table with a filter set: from the overview to the twelve that failed. */
export function setTableFilter(name: string, filter: { chip?: string; query?: string }): void {
  filters.setState({ [name]: { ...NO_FILTER, ...filter } })
}

const NONE: Record<string, number> = {}
const NONE_SHOWN: Record<string, boolean> = {}

/** Follows the theme that is chosen, or the system's. Returns the one in force through the root element. */
export function applyTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const { theme, density } = preferences.getState()
    const root = document.documentElement
    root.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
    root.dataset.density = density
  }
  dark.addEventListener('change', apply)
  preferences.subscribe(apply)
  apply()
}

import { SlidersHorizontal } from 'lucide-react'
import { ToggleGroup } from 'radix-ui'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from '../button.tsx'
import { classNames } from '../class-names.ts'
import { Menu, type MenuEntry } from '../menu.tsx'
import { SearchField } from '../search-field.tsx'

export interface CountedChip {
  id: string
  label: string
  count: number
}

interface FilterBarProps {
  /** Title of the table, for accessible names. */
  label: string
  chips: readonly CountedChip[]
  chip: string
  onChip: (id: string) => void
  query: string
  onQuery: (query: string) => void
  searchRef: RefObject<HTMLInputElement | null>
  onLeaveSearch: () => void
  viewEntries: MenuEntry[]
  /** Between the chips and the search. */
  extra?: ReactNode
}

/** Chips with counts, a search that looks at every column, and the menu of the view. */
export function FilterBar(props: FilterBarProps) {
  const { label, chips, chip, onChip, query, onQuery, searchRef, onLeaveSearch, viewEntries, extra } = props
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 pb-2">
      <ToggleGroup.Root
        type="single"
        aria-label={`Filter ${label.toLowerCase()}`}
        value={chip}
        onValueChange={(next) => next !== '' && onChip(next)}
        className="flex flex-wrap items-center gap-1"
      >
        {chips.map(({ id, label: name, count }) => (
          <ToggleGroup.Item
            key={id}
            value={id}
            className={classNames(
              'inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 text-ink-soft text-xs transition-colors hover:bg-hover hover:text-ink',
              'data-[state=on]:bg-idle-soft data-[state=on]:font-medium data-[state=on]:text-ink',
            )}
          >
            {name}
            <span className="figures font-normal text-ink-faint">{count.toLocaleString()}</span>
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      {extra}
      <div className="ml-auto flex items-center gap-1">
        <SearchField
          ref={searchRef}
          label={`Search ${label.toLowerCase()}`}
          placeholder="Filter"
          value={query}
          onChange={onQuery}
          onLeave={onLeaveSearch}
          className="w-52"
        />
        <Menu entries={viewEntries}>
          <IconButton icon={SlidersHorizontal} label="View" />
        </Menu>
      </div>
    </div>
  )
}

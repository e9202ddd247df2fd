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
  viewEntries: () => MenuEntry[]
  /** Before the chips: which saved view it is. */
  lead?: ReactNode
}

/** Chips with counts, a search that looks at every column, and the menu of the view. */
export function FilterBar(props: FilterBarProps) {
  const { label, chips, chip, onChip, query, onQuery, searchRef, onLeaveSearch, viewEntries, lead } = props
  return (
    <div className="flex items-center gap-3 pb-2">
      {lead}
      <ToggleGroup.Root
        type="single"
        aria-label={`Filter ${label.toLowerCase()}`}
        value={chip}
        onValueChange={(next) => next !== '' && onChip(next)}
        className="-m-0.5 flex min-w-0 items-center gap-1 overflow-x-auto p-0.5 pr-4 [mask-image:linear-gradient(to_left,transparent,black_16px)] [scrollbar-width:none]"
      >
        {chips.map(({ id, label: name, count }) => (
          <ToggleGroup.Item
            key={id}
            value={id}
            className={classNames(
              'inline-flex h-7 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-md px-2.5 text-ink-soft text-xs transition-colors hover:bg-hover hover:text-ink',
              'data-[state=on]:bg-idle-soft data-[state=on]:font-medium data-[state=on]:text-ink',
            )}
          >
            {name}
            <span className="figures font-normal text-ink-faint">{count.toLocaleString()}</span>
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <SearchField
          ref={searchRef}
          label={`Search ${label.toLowerCase()}`}
          placeholder="Filter"
          value={query}
          onChange={onQuery}
          onLeave={onLeaveSearch}
          className="w-[clamp(120px,16vw,208px)]"
        />
        <Menu entries={viewEntries}>
          <IconButton icon={SlidersHorizontal} label="View" />
        </Menu>
      </div>
    </div>
  )
}

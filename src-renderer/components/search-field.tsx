import { Search, X } from 'lucide-react'
import type { KeyboardEvent, Ref } from 'react'
import { classNames } from './class-names.ts'

interface SearchFieldProps {
  label: string
  placeholder?: string
  value: string
  onChange: (value: string) => void
  /** ArrowDown or Enter: on to what was found. */
  onLeave?: () => void
  ref?: Ref<HTMLInputElement>
  className?: string
}

/** Filters as one types. Esc empties it first, then gives up the focus. */
export function SearchField({ label, placeholder, value, onChange, onLeave, ref, className }: SearchFieldProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (value === '') event.currentTarget.blur()
      else onChange('')
    }
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      onLeave?.()
    }
  }
  return (
    <div className={classNames('relative', className)}>
      <Search
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2 size-3.5 text-ink-faint"
      />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoComplete="off"
        data-table-search=""
        className="h-7 w-full rounded-md bg-surface pr-7 pl-7 text-ink text-xs shadow-[inset_0_0_0_1px_var(--line-strong)] transition-shadow hover:shadow-[inset_0_0_0_1px_var(--line-control)] focus:outline-2 focus:outline-focus focus:-outline-offset-1 [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== '' && (
        <button
          type="button"
          aria-label="Clear the filter"
          onClick={() => onChange('')}
          className="-translate-y-1/2 absolute top-1/2 right-0.5 flex size-6 items-center justify-center rounded-sm text-ink-faint hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </div>
  )
}

import type { LucideIcon } from 'lucide-react'
import { ContextMenu, DropdownMenu } from 'radix-ui'
import { Fragment, type ReactElement, type ReactNode } from 'react'
import { Keys } from './keys.tsx'

/** The same verbs in a button's menu, a row's context menu and the keyboard. */
export interface MenuAction {
  label: string
  icon?: LucideIcon
  shortcut?: string
  danger?: boolean
  disabled?: boolean
  checked?: boolean
  /** A checked entry that is a choice, not a switch: the menu closes. */
  closes?: boolean
  onSelect: () => void
}
export interface MenuGroup {
  label: string
  items: MenuAction[]
}
export type MenuEntry = MenuAction | MenuGroup | 'separator'

interface MenuProps {
  /** A function is asked when the menu opens. */
  entries: MenuEntry[] | (() => MenuEntry[])
  align?: 'start' | 'end'
  children: ReactElement
}

/** A menu below the button that opens it. */
export function Menu({ entries, align = 'end', children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className={PANEL}>
          <LazyEntries entries={entries} parts={DropdownMenu} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** A menu at the pointer, also opened with Shift+F10 or the menu key. */
export function PointerMenu({ entries, children }: { entries: () => MenuEntry[]; children: ReactElement }) {
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content collisionPadding={8} className={PANEL}>
          <LazyEntries entries={entries} parts={ContextMenu} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  )
}

const PANEL = 'z-50 min-w-52 max-w-96 animate-appear rounded-md bg-raised p-1 shadow-raised'
const ITEM =
  'flex h-7 items-center gap-2 rounded-sm px-2 text-ink text-xs outline-none data-[disabled]:text-ink-disabled data-[highlighted]:bg-hover data-[state=open]:bg-hover'

/** Rendered only once the menu is open: a table has thousands of rows with menus. */
function LazyEntries({ entries, parts }: { entries: MenuProps['entries']; parts: Parts }) {
  return <Entries entries={typeof entries === 'function' ? entries() : entries} parts={parts} />
}

type Parts = typeof DropdownMenu | typeof ContextMenu

function Entries({ entries, parts }: { entries: MenuEntry[]; parts: Parts }) {
  const { Separator, Sub, SubTrigger, SubContent, Portal } = parts
  return entries.map((entry, position) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: separators have no identity, and menus do not reorder
    if (entry === 'separator') return <Separator key={position} className="mx-1 my-1 h-px bg-line" />
    if ('items' in entry)
      return (
        <Sub key={entry.label}>
          <SubTrigger className={ITEM}>
            <span className="w-3.5" />
            {entry.label}
            <span aria-hidden className="ml-auto text-ink-faint">
              ›
            </span>
          </SubTrigger>
          <Portal>
            <SubContent sideOffset={4} className={PANEL}>
              {entry.items.map((item) => (
                <Item key={item.label} item={item} parts={parts} />
              ))}
            </SubContent>
          </Portal>
        </Sub>
      )
    return (
      <Fragment key={entry.label}>
        <Item item={entry} parts={parts} />
      </Fragment>
    )
  })
}

function Item({ item, parts }: { item: MenuAction; parts: Parts }) {
  const { label, icon: Icon, shortcut, danger, disabled, checked, closes = false, onSelect } = item
  const content: ReactNode = (
    <>
      <span className="w-3.5 shrink-0">
        {checked === true ? <span aria-hidden>✓</span> : Icon && <Icon aria-hidden className="size-3.5" />}
      </span>
      <span className="truncate">{label}</span>
      {shortcut !== undefined && (
        <span className="ml-auto pl-4">
          <Keys keys={shortcut} />
        </span>
      )}
    </>
  )
  const className = `${ITEM} ${danger === true ? 'text-failed' : ''}`
  if (checked !== undefined)
    return (
      <parts.CheckboxItem
        checked={checked}
        disabled={disabled === true}
        onSelect={(event) => {
          if (!closes) event.preventDefault()
          onSelect()
        }}
        className={className}
      >
        {content}
      </parts.CheckboxItem>
    )
  return (
    <parts.Item disabled={disabled === true} onSelect={onSelect} className={className}>
      {content}
    </parts.Item>
  )
}

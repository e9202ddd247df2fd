import { cva, type VariantProps } from 'class-variance-authority'
import type { LucideIcon } from 'lucide-react'
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { useRowTabIndex } from './row-context.ts'
import { Tooltip } from './tooltip.tsx'

const look = cva(
  'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium outline-offset-2 transition-colors select-none disabled:pointer-events-none aria-disabled:pointer-events-none',
  {
    variants: {
      kind: {
        primary:
          'bg-accent text-on-accent hover:bg-accent-hover disabled:bg-idle-soft disabled:text-ink-disabled active:brightness-95',
        plain:
          'bg-surface text-ink shadow-[inset_0_0_0_1px_var(--line-strong)] hover:bg-hover active:bg-pressed disabled:text-ink-disabled dark:bg-raised',
        quiet: 'text-ink-soft hover:bg-hover hover:text-ink active:bg-pressed disabled:text-ink-disabled',
        danger: 'bg-danger text-on-danger hover:bg-danger-hover disabled:bg-idle-soft disabled:text-ink-disabled',
      },
      size: { md: 'h-7 px-2.5 text-xs', sm: 'h-6 px-2 text-xs', lg: 'h-9 px-4 text-sm' },
    },
    defaultVariants: { kind: 'plain', size: 'md' },
  },
)

export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof look> {
  icon?: LucideIcon
  /** Work that this button started is under way: it cannot be pressed again. */
  busy?: boolean
  children: ReactNode
}

/** A verb. Ends in an ellipsis where a dialog follows. */
export function Button({ kind, size, icon: Icon, busy = false, disabled, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      tabIndex={useRowTabIndex()}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={classNames(look({ kind, size }), className)}
      {...rest}
    >
      {busy ? (
        <LoaderCircle aria-hidden className="size-3.5 animate-turn" />
      ) : (
        Icon && <Icon aria-hidden className="size-3.5" />
      )}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: LucideIcon
  /** Accessible name, and the tooltip. */
  label: string
  /** Keys that do the same, shown in the tooltip. */
  shortcut?: string
  size?: 'md' | 'sm'
}

/** A verb without room for its word. */
export function IconButton({ icon: Icon, label, shortcut, size = 'md', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <button
        type="button"
        tabIndex={useRowTabIndex()}
        aria-label={label}
        className={classNames(
          'inline-flex shrink-0 items-center justify-center rounded-md text-ink-soft transition-colors hover:bg-hover hover:text-ink active:bg-pressed disabled:pointer-events-none disabled:text-ink-disabled aria-pressed:bg-pressed aria-pressed:text-ink',
          size === 'md' ? 'size-7' : 'size-6',
          className,
        )}
        {...rest}
      >
        <Icon aria-hidden className={size === 'md' ? 'size-4' : 'size-3.5'} />
      </button>
    </Tooltip>
  )
}

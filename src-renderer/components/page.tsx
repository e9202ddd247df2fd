import type { ReactNode } from 'react'

interface PageProps {
  title: string
  /** One line under the title. */
  subtitle?: ReactNode
  /** Buttons at the right, the primary one last. */
  actions?: ReactNode
  children: ReactNode
}

/** A screen: its title, what can be done here, and the rest of the height for its content. */
export function Page({ title, subtitle, actions, children }: PageProps) {
  return (
    <div className="flex h-full min-h-0 flex-col overflow-y-auto px-5">
      <header className="flex min-h-13 flex-wrap items-center gap-x-4 gap-y-1 py-3">
        <div className="min-w-0 flex-1">
          <h1 className="truncate font-semibold text-ink text-lg tracking-tight">{title}</h1>
          {subtitle !== undefined && <p className="truncate text-ink-faint text-xs">{subtitle}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** A screen that scrolls as a whole, with its content in a column of readable width. */
export function ScrollPage({ title, subtitle, actions, children }: PageProps) {
  return (
    <section aria-label={title} tabIndex={0} className="-outline-offset-2 h-full overflow-y-auto">
      <div className="mx-auto max-w-240 pb-10">
        <Page title={title} subtitle={subtitle} actions={actions}>
          {children}
        </Page>
      </div>
    </section>
  )
}

import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

export interface Tab {
  id: string
  label: string
  content: ReactNode
}

interface TabsProps {
  label: string
  tabs: readonly Tab[]
  value: string
  onChange: (id: string) => void
}

/** Views of the same thing. Fills the height it is given; each view scrolls by itself. */
export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  const current = tabs.some(({ id }) => id === value) ? value : (tabs[0]?.id ?? '')
  return (
    <Radix.Root value={current} onValueChange={onChange} className="flex min-h-0 flex-1 flex-col">
      <Radix.List aria-label={label} className="flex gap-4 border-line border-b px-4">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px h-8 border-transparent border-b-2 text-ink-soft text-xs transition-colors hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content
          key={tab.id}
          value={tab.id}
          tabIndex={-1}
          className="min-h-0 flex-1 overflow-hidden outline-none"
        >
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}

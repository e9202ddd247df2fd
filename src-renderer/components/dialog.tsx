import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { FormEvent, ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'
import { focusBack } from './focus-memory.ts'

interface DialogProps {
  title: string
  /** One or two sentences below the title. */
  description?: ReactNode
  /** Buttons, the primary one last. */
  footer: ReactNode
  width?: 'sm' | 'md' | 'lg'
  /** Called on Enter in a field and by a submit button in the footer. */
  onSubmit?: () => void
  onClose: () => void
  children?: ReactNode
}

const WIDTHS = { sm: 'w-104', md: 'w-136', lg: 'w-184' }

/** Open as long as it is rendered. Esc and a press outside close it; focus returns where it was. */
export function Dialog({ title, description, footer, width = 'md', onSubmit, onClose, children }: DialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit?.()
  }
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={description === undefined ? undefined : 'dialog-description'}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            focusBack()
          }}
          className={classNames(
            '-translate-x-1/2 fixed top-[12vh] left-1/2 z-40 flex max-h-[76vh] max-w-[calc(100vw-32px)] flex-col rounded-md bg-raised shadow-raised outline-none',
            WIDTHS[width],
          )}
        >
          <form onSubmit={submit} className="flex min-h-0 flex-col">
            <Radix.Title className="px-5 pt-4 pr-12 font-semibold text-ink text-md">{title}</Radix.Title>
            {description !== undefined && (
              <div id="dialog-description" className="px-5 pt-1 text-ink-soft">
                {description}
              </div>
            )}
            <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
            <div className="flex items-center justify-end gap-2 border-line border-t px-5 py-3">{footer}</div>
          </form>
          {/* Last, so that the first field and not this gets the focus. */}
          <Radix.Close asChild>
            <IconButton icon={X} label="Close" size="sm" className="absolute top-3.5 right-3" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

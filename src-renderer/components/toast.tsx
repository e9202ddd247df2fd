import { Toaster as Sonner, toast as sonner } from 'sonner'
import type { ErrorValue } from '../../src-shared/errors/index.ts'

interface ToastOptions {
  description?: string
  action?: { label: string; onClick: () => void }
}

/** Short news of something the user did. What needs attention later belongs on a screen, not here. */
export const toast = {
  done: (title: string, options?: ToastOptions) => sonner.success(title, options),
  note: (title: string, options?: ToastOptions) => sonner(title, options),
  /** Work that goes on, with its way out. */
  progress: (title: string, onCancel: () => void) => {
    const id = sonner.loading(title, {
      duration: Number.POSITIVE_INFINITY,
      action: { label: 'Cancel', onClick: onCancel },
    })
    return {
      update: (description: string) => void sonner.loading(title, { id, description }),
      close: () => void sonner.dismiss(id),
    }
  },
  failed: (title: string, error: ErrorValue, options?: ToastOptions) =>
    sonner.error(title, { description: `${error.message} (${error.code})`, duration: 12_000, ...options }),
}

export function Toaster({ theme }: { theme: 'light' | 'dark' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      offset={{ bottom: 40, right: 16 }}
      gap={8}
      closeButton
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'group flex w-90 items-start gap-2.5 rounded-md bg-raised p-3 pr-8 text-ink shadow-raised font-sans select-text',
          title: 'text-sm font-medium',
          description: 'text-xs text-ink-soft break-words',
          content: 'flex-1 min-w-0 space-y-0.5',
          icon: 'mt-0.5 [&>svg]:size-4',
          success: '[&_[data-icon]]:text-ok',
          error: '[&_[data-icon]]:text-failed',
          actionButton:
            'h-6 shrink-0 self-center rounded-md px-2 text-xs font-medium shadow-[inset_0_0_0_1px_var(--line-strong)] hover:bg-hover',
          closeButton:
            'absolute top-2 right-2 flex size-5 items-center justify-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink [&>svg]:size-3',
        },
      }}
    />
  )
}

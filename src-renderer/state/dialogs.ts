import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

/** The one dialog of the window, opened from wherever the verb is: a row, a drawer, the palette, a drop. */
const dialog = createStore<{ content: ReactNode; key: number }>(() => ({ content: null, key: 0 }))

export function useOpenDialog(): { content: ReactNode; key: number } {
  return useStore(dialog)
}

/** Shows what `render` makes; it closes itself with the function it gets. */
export function openDialog(render: (close: () => void) => ReactNode): void {
  const key = dialog.getState().key + 1
  const close = () => {
    if (dialog.getState().key === key) dialog.setState({ content: null, key })
  }
  dialog.setState({ content: render(close), key })
}

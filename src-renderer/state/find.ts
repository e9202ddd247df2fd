import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

/** The find field of the window: closed, or open with a text. */
const find = createStore<{ open: boolean; text: string }>(() => ({ open: false, text: '' }))

export function useFind(): { open: boolean; text: string } {
  return useStore(find)
}

export function openFind(text = ''): void {
  find.setState({ open: true, text }, true)
}

export function closeFind(): void {
  find.setState({ open: false, text: '' }, true)
}

export function setFindText(text: string): void {
  find.setState({ text })
}

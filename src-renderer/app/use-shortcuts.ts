import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { hasMod } from '../components/index.ts'
import { openImportDialog } from '../features/imports/index.ts'
import { goTo, openDialog, openFind } from '../state/index.ts'
import { ALL_SECTIONS } from './sections.ts'

/** What is longer is a document, not a name of something. */
const MOST_PASTED = 4096

/** The window's own keys, and a CID pasted anywhere. Fields keep theirs. */
export function useShortcuts(help: (close: () => void) => ReactNode): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return
      if (!run(event, help)) return
      event.preventDefault()
    }
    const onPaste = (event: ClipboardEvent) => {
      if (isField(event.target)) return
      const text = event.clipboardData?.getData('text/plain').trim() ?? ''
      if (text !== '' && text.length <= MOST_PASTED && document.querySelector('[role=dialog]') === null) openFind(text)
    }
    window.addEventListener('keydown', onKeyDown)
    window.addEventListener('paste', onPaste)
    return () => {
      window.removeEventListener('keydown', onKeyDown)
      window.removeEventListener('paste', onPaste)
    }
  }, [help])
}

function run(event: KeyboardEvent, help: (close: () => void) => ReactNode): boolean {
  const key = event.key.toLowerCase()
  if (hasMod(event) && key === 'k') openFind()
  else if (hasMod(event) && key === 'o') openImportDialog()
  else if (hasMod(event) && key === ',') goTo('settings')
  else if (event.altKey && /^Digit\d$/.test(event.code)) {
    const section = ALL_SECTIONS[(Number(event.code.at(-1)) + 9) % 10]
    if (section === undefined) return false
    goTo(section.id)
  } else if (hasMod(event) && key === 'f') return focusTableSearch()
  else if (isField(event.target) || hasMod(event) || event.altKey) return false
  else if (key === '/') return focusTableSearch()
  else if (key === '?') openDialog(help)
  else return false
  return true
}

/** Where there is no table the browser's own search is left alone. */
function focusTableSearch(): boolean {
  if (document.querySelector('[role=dialog]') !== null) return false
  const search = document.querySelector<HTMLInputElement>('[data-table-search]')
  search?.focus()
  search?.select()
  return search !== null
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

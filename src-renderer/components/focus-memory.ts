/**
 * Where the focus was before a menu or a dialog took it. A dialog that was chosen from a menu opens while the menu is
 * still there: what had the focus then is gone when the dialog closes, and a person without a mouse would be nowhere.
 */
const POPUPS = '[role=menu], [role=dialog], [role=alertdialog], [data-radix-focus-guard]'

let place: { element: HTMLElement; table: HTMLElement | null } | null = null

/** To be called once, before the first rendering. */
export function followFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target.closest(POPUPS) === null)
      place = { element: target, table: target.closest<HTMLElement>('[role=grid]') }
  })
}

/** Back to where it was; to the table where that row is gone. Not while another dialog is open: that has the focus. */
export function focusBack(): void {
  if (place === null || document.querySelector('[role=dialog]') !== null) return
  const { element, table } = place
  element.focus()
  if (document.activeElement !== element) table?.focus()
}

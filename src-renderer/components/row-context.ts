import { createContext, useContext } from 'react'

/**
 * Where a control is: in a row at rest, in one that the pointer has been over, in the keyboard's row, or (null) in no
 * table at all. A screen of rows would otherwise be a hundred stops for Tab, and hundreds of buttons that nobody sees.
 */
export type RowAttention = 'rest' | 'pointed' | 'current'

export const RowContext = createContext<RowAttention | null>(null)

/** Only the current row's controls can be reached with Tab. */
export function useRowTabIndex(): 0 | -1 {
  const row = useContext(RowContext)
  return row === null || row === 'current' ? 0 : -1
}

export function useIsInRow(): boolean {
  return useContext(RowContext) !== null
}

/** Whether controls that are seen on hover only must be there. */
export function useIsAttended(): boolean {
  return useContext(RowContext) !== 'rest'
}

import { createContext, useContext } from 'react'

/**
 * What is inside a row of a table. Only the current row's buttons can be reached with Tab; otherwise a screen of rows
 * would be a hundred stops. null outside of tables.
 */
export const RowTabIndex = createContext<0 | -1 | null>(null)

export function useRowTabIndex(): 0 | -1 {
  return useContext(RowTabIndex) ?? 0
}

export function useIsInRow(): boolean {
  return useContext(RowTabIndex) !== null
}

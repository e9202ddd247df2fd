import { createContext, useContext } from 'react'

/**
 * Inside a table only the current row's buttons can be reached with Tab; otherwise a screen of rows would be a hundred
 * stops. 0 outside of tables.
 */
export const RowTabIndex = createContext<0 | -1>(0)

export function useRowTabIndex(): 0 | -1 {
  return useContext(RowTabIndex)
}

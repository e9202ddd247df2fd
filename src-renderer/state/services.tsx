import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { useStore } from 'zustand'
import type { SystemInfo, SystemStatus } from '../../src-shared/contract/index.ts'
import type { Client, Connection, ConnectionState, Stores, TableState, TableStore } from '../client/index.ts'

/** What every screen works with. Made once in main.tsx. */
export interface Services {
  client: Client
  connection: Connection
  stores: Stores
  /** Path of a dropped file on this machine; '' where files have none. */
  pathOf: (file: File) => string
}

const Context = createContext<Services | null>(null)

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return <Context value={services}>{children}</Context>
}

export function useServices(): Services {
  const services = useContext(Context)
  if (services === null) throw new Error('ServicesProvider is missing around this component.')
  return services
}

/** A table of the engine, subscribed as long as the component is on screen. */
export function useTableState<Row>(table: TableStore<Row>): TableState<Row> {
  useEffect(() => table.use(), [table])
  return useStore(table.state)
}

/** One row of a table that is subscribed already. */
export function useRow<Row>(table: TableStore<Row>, id: string | null): Row | undefined {
  useEffect(() => table.use(), [table])
  return useStore(table.state, () => (id === null ? undefined : table.get(id)))
}

export function useConnectionState(): ConnectionState {
  return useStore(useServices().connection.state)
}

/** null until the engine has answered once. */
export function useStatus(): { value: SystemStatus | null; live: boolean } {
  return useStore(useServices().stores.status)
}

/** null until the engine has answered once. */
export function useInfo(): SystemInfo | null {
  return useStore(useServices().stores.info).value
}

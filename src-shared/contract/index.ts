/**
 * Every request, event stream and error that crosses a process, declared once. Electron IPC, the browser's WebSocket
 * and the command line speak this contract; src-main/router answers it.
 */
import { bulk } from './bulk.ts'
import { dags } from './dags.ts'
import { deals } from './deals.ts'
import { imports } from './imports.ts'
import { inspect } from './inspect.ts'
import { migration } from './migration.ts'
import { pieces } from './pieces.ts'
import { retrievals } from './retrievals.ts'
import { settings } from './settings.ts'
import { shards } from './shards.ts'
import { system } from './system.ts'
import { transfers } from './transfers.ts'
import { views } from './views.ts'

export const contract = {
  imports,
  dags,
  deals,
  retrievals,
  transfers,
  shards,
  bulk,
  pieces,
  migration,
  inspect,
  settings,
  system,
  views,
}
export type Contract = typeof contract

export * from './bulk.ts'
export * from './dags.ts'
export * from './deals.ts'
export * from './imports.ts'
export * from './inspect.ts'
export * from './migration.ts'
export * from './pieces.ts'
export * from './retrievals.ts'
export type { Problem, Progress, TableEvent } from './schema.ts'
export * from './settings.ts'
export * from './shards.ts'
export * from './system.ts'
export * from './transfers.ts'
export * from './views.ts'

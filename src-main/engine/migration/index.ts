/** Deals become shards, and Lotus' repositories are taken over: M4 of the product. */
export { dealStateName } from './lotus/deal-states.ts'
export { Migration } from './migration.ts'
export type { ImportTaker, MigrationConfig, MigrationPorts } from './migration-ports.ts'
export type { MigrationInput } from './plan.ts'

export { NameCell } from './name-cell.tsx'
export type { Named } from './named-rows.ts'
export { useNamed } from './use-named.ts'

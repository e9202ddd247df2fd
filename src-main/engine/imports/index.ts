export { ImportsManager, type ImportsOptions, type StartImport } from './imports-manager.ts'
export type { ForeignImport, LegacyImport } from './take-over.ts'

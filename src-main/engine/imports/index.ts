export { ImportsManager, type ImportsOptions, type StartImport } from './imports-manager.ts'

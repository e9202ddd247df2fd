export { MigrationScreen } from './migration-screen.tsx'

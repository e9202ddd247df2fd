export { ActivityScreen } from './activity-screen.tsx'
export { openDiagnosticsDialog } from './diagnostics-dialog.tsx'

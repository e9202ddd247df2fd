export { type CauseGroup, groupByCause } from './error-causes.ts'
export { openGcDialog } from './gc-dialog.tsx'
export { runBulk } from './bulk-run.ts'
export { ShardsScreen } from './shards-screen.tsx'

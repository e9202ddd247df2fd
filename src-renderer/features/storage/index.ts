export { openGcDialog } from './gc-dialog.tsx'
export { openQuotaDialog } from './quota-dialog.tsx'
export { StorageSection } from './storage-section.tsx'

export { openQuotaDialog } from './quota-dialog.tsx'
export { StorageSection } from './storage-section.tsx'

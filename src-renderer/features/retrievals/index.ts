export { isRunning, nameOfRetrieval, retrievalStateOf } from './retrieval-words.ts'
export { RetrievalsScreen } from './retrievals-screen.tsx'
export { openRetrieveDialog } from './retrieve-dialog.tsx'

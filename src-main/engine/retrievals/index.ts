export type { BeginRetrieval, ExportFormat, Retrievals, RetrievalsConfig, RetrievalsPorts } from './retrieval-ports.ts'
export { createRetrievals } from './retrievals.ts'

import { BookOpen, DatabaseZap, LifeBuoy, ListPlus, type LucideIcon, Play, Trash2 } from 'lucide-react'
import type { BulkPlan, BulkVerb } from '../../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../../src-shared/format/index.ts'

interface VerbWords {
  /** On buttons. */
  verb: string
  ing: string
  ed: string
  icon: LucideIcon
}

export const BULK_WORDS: Record<BulkVerb, VerbWords> = {
  register: { verb: 'Register', ing: 'Registering', ed: 'registered', icon: ListPlus },
  initialize: { verb: 'Initialize', ing: 'Initializing', ed: 'initialized', icon: Play },
  recover: { verb: 'Recover', ing: 'Recovering', ed: 'recovered', icon: LifeBuoy },
  reindex: { verb: 'Re-index', ing: 'Re-indexing', ed: 're-indexed', icon: DatabaseZap },
  acquire: { verb: 'Acquire', ing: 'Acquiring', ed: 'acquired', icon: BookOpen },
  destroy: { verb: 'Destroy', ing: 'Destroying', ed: 'destroyed', icon: Trash2 },
}

/** What a run would do, in a sentence or two. */
export function effectOf({ verb, bytes }: Pick<BulkPlan, 'verb' | 'bytes'>): string {
  const reads = bytes.pieces > 0 ? ` Reads about ${formatBytes(bytes.pieces)}.` : ''
  switch (verb) {
    case 'register':
      return 'Adds each piece as a shard, to be indexed when it is first read. The pieces are not touched.'
    case 'initialize':
      return `Reads each piece and makes its index, so that its blocks can be found.${reads}`
    case 'recover':
      return `Drops index and transient of each and makes them anew from the piece, which is not changed.${reads}`
    case 'reindex':
      return `Makes each index anew from the copy that is there. Who reads a shard goes on reading it.${reads}`
    case 'acquire':
      return 'Opens each as a reader would and lets it go again: what serves is told from what only seems to.'
    case 'destroy':
      return `Deletes their records, their indexes (${formatBytes(bytes.indexes)}) and transients (${formatBytes(bytes.transients)}). Nobody can retrieve their data from this Carport any more.`
  }
}

/** What failed is tried again with this: a preparation that failed leaves a shard that has to be recovered. */
export function retryVerb(verb: BulkVerb): BulkVerb {
  return verb === 'initialize' || verb === 'reindex' ? 'recover' : verb
}

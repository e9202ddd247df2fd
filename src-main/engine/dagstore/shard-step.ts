/** A step of a shard's work that changes files or rows. What happens between two steps changes memory only. */
export interface ShardStep {
  key: string
  name:
    | 'write-record'
    | 'delete-record'
    | 'discard-transient'
    | 'fetch-transient'
    | 'name-transient'
    | 'collect-transient'
    | 'write-index'
    | 'add-postings'
    | 'remove-postings'
    | 'delete-index'
    | 'end-removal'
}

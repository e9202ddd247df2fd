import { basename, join } from 'node:path'
import { throwIfAborted } from '../../base/index.ts'
import { type SnapshotOptions, withMetadata } from './metadata-snapshot.ts'

/** An import as Lotus' imports manager noted it. */
export interface ClientImport {
  /** Up to 2^64-1; whatever the key says where that is no number. */
  id: string
  labels: Readonly<Record<string, string>>
  /** Why the record cannot be used at all; null when it can. */
  unreadable: string | null
}

const PREFIX = '/client/stores/'
const MAX_ID = 2n ** 64n - 1n

/** Every import of a Lotus client's repository, in text order of ids, as Lotus lists them. Errors as of `withMetadata`. */
export function readClientImports(repository: string, options: SnapshotOptions): Promise<ClientImport[]> {
  return withMetadata(repository, options, async (store) => {
    const imports: ClientImport[] = []
    for await (const { key, value } of store.entries({ prefix: Buffer.from(PREFIX) })) {
      throwIfAborted(options.signal)
      imports.push(importIn(Buffer.from(key).toString('utf8').slice(PREFIX.length), value))
    }
    return imports
  })
}

/**
 * Where an import's CAR is: where its label says, or, in a repository that was moved, in its own `imports` folder.
 * `exists` tells whether a file is there.
 */
export function carPathOf(
  { labels }: ClientImport,
  repository: string,
  exists: (path: string) => boolean,
): string | null {
  const noted = labels.car_path
  if (noted === undefined || noted === '' || labels.car_owner !== 'importmgr' || exists(noted)) return noted ?? null
  const moved = join(repository, 'imports', basename(noted))
  return exists(moved) ? moved : noted
}

function importIn(id: string, value: Uint8Array): ClientImport {
  if (!/^\d{1,20}$/.test(id) || BigInt(id) > MAX_ID)
    return { id, labels: {}, unreadable: 'Its key is not a number. Lotus stops listing imports when it meets it.' }
  const labels = labelsIn(value)
  return labels === null ? { id, labels: {}, unreadable: 'Its record is damaged.' } : { id, labels, unreadable: null }
}

/** `{"Labels": {…}}`; Lotus has also written null. null when it is not that. */
function labelsIn(value: Uint8Array): Record<string, string> | null {
  try {
    const record: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
    if (typeof record !== 'object' || record === null) return null
    const { Labels = null } = record as { Labels?: unknown }
    if (typeof Labels !== 'object' || Array.isArray(Labels)) return null
    return Object.fromEntries(Object.entries(Labels ?? {}).filter((entry) => typeof entry[1] === 'string'))
  } catch {
    return null
  }
}

import { EngineError } from '../base/index.ts'
import type { BulkWork } from './bulk-work.ts'
import { fileNameOfKey } from './file-names.ts'
import type { IndexCheck } from './index-repo/index-repo.ts'
import type { Unfinished } from './load-shards.ts'
import { enterPostings, isIndexLost, type PreparePorts } from './prepare-shard.ts'
import type { Shard } from './shard.ts'

export interface AfterStartPorts extends PreparePorts {
  bulk: BulkWork
  /** Begins what a restart left to be done, and resolves when it has ended, well or not. */
  goOn(unfinished: Unfinished): Promise<void>
  /** Says that the index of a shard cannot be used. */
  loseIndex(shard: Shard, error: EngineError): Promise<void>
  changed(shard: Shard): void
  /** Every index has been looked at. */
  looked(): void
}

export interface StartedWith {
  shards: ReadonlyMap<string, Shard>
  unfinished: Unfinished[]
  /** `fileNameOfKey` of each index that was there. */
  indexNames: ReadonlySet<string>
}

const AT_ONCE = 16
const CHECKED_TOGETHER = 500

/**
 * What a start leaves for later, so that shards can be acquired at once: every index is looked at, interrupted work is
 * gone on with, and what the inverted index lacks is entered.
 */
export async function afterStart(started: StartedWith, ports: AfterStartPorts): Promise<void> {
  const { shards, unfinished } = started
  const looking = lookAt([...shards.values()], ports)
  await Promise.all([
    looking.finally(ports.looked),
    ports.bulk.forEach(unfinished, AT_ONCE, (each) => ports.goOn(each)),
  ])
  const incomplete = await looking
  await completeAll(incomplete, ports)
  await completeGoRows(shards, new Set(incomplete), ports)
  tellOfStrays(started, ports)
  await ports.bulk.mayGoOn()
  const { removed } = await ports.lookups.purge(ports.bulk.signal)
  if (removed > 0) ports.log.info('removed postings of shards that are gone', { removed })
}

/** Looks at the indexes of shards, and enters into the inverted index what it lacks. */
export async function enterWhatIsMissing(shards: Shard[], ports: AfterStartPorts): Promise<void> {
  await completeAll(await lookAt(shards, ports), ports)
}

/** Go's dagstore leaves the indexes of shards that it destroys. They stay: a shard of that key may come back. */
function tellOfStrays({ shards, indexNames }: StartedWith, { log }: AfterStartPorts): void {
  const wanted = new Set(Array.from(shards.keys(), fileNameOfKey))
  let count = 0
  for (const name of indexNames) if (!wanted.has(name)) count++
  if (count > 0) log.info('indexes that belong to no shard stay where they are', { count })
}

/** Takes over what is known of shards that need nothing, and gives the others. */
async function lookAt(shards: Shard[], ports: AfterStartPorts): Promise<Shard[]> {
  const incomplete: Shard[] = []
  for (let from = 0; from < shards.length; from += CHECKED_TOGETHER) {
    const available = shards.slice(from, from + CHECKED_TOGETHER).filter(isAvailable)
    const keys = available.map(({ key }) => key)
    const checks = await ports.repo.check(keys, ports.bulk.signal)
    for (const [i, shard] of available.entries()) {
      const result = checks[i]
      if (result === undefined || !isAvailable(shard)) continue
      if (!(await isComplete(shard, result, ports))) incomplete.push(shard)
    }
  }
  return incomplete
}

function completeAll(incomplete: Shard[], ports: AfterStartPorts): Promise<void> {
  return ports.bulk.forEach(incomplete, AT_ONCE, (shard, signal) => complete(shard, ports, signal))
}

/** Enters shards into Go's rows that were entered elsewhere while those were not kept; the incomplete are there now. */
async function completeGoRows(
  shards: ReadonlyMap<string, Shard>,
  entered: ReadonlySet<Shard>,
  ports: AfterStartPorts,
): Promise<void> {
  const { repo, lookups, bulk } = ports
  if (!(await lookups.lacksGoRows())) return
  let failed = false
  await bulk.forEach(shards.values(), AT_ONCE, async (shard, signal) => {
    if (entered.has(shard) || shard.facts.gone || !(await lookups.has(shard.key))) return
    try {
      const index = await repo.get(shard.key)
      await lookups.addGoRows(shard.key, index, signal).finally(() => index.close())
    } catch (error) {
      // Whose index is lost is entered when it has one again.
      if (!isIndexLost(error)) failed = true
    }
  })
  if (!failed) await lookups.noteGoRowsComplete()
}

/** Whether a shard needs nothing; takes over what is known of it then. */
async function isComplete(shard: Shard, result: IndexCheck, ports: AfterStartPorts): Promise<boolean> {
  if ('error' in result || !(await ports.lookups.has(shard.key))) return false
  const sizeBytes = await ports.lookups.sizeOf(shard.key)
  shard.indexBytes ??= result.byteLength
  shard.sizeBytes ??= sizeBytes
  ports.changed(shard)
  return true
}

/** Looks again, since something may have happened meanwhile, and does what is missing. */
async function complete(shard: Shard, ports: AfterStartPorts, signal: AbortSignal): Promise<void> {
  if (!isAvailable(shard)) return
  try {
    const [check] = await ports.repo.check([shard.key], signal)
    if (check !== undefined && 'error' in check) throw check.error
    const index = await ports.repo.get(shard.key)
    shard.indexBytes ??= index.byteLength
    shard.sizeBytes ??= await ports.lookups.sizeOf(shard.key)
    if (await ports.lookups.has(shard.key)) await index.close()
    else await enterPostings(shard, index, ports, signal)
    ports.changed(shard)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (isIndexLost(error)) await ports.loseIndex(shard, error)
  }
}

function isAvailable({ facts }: Shard): boolean {
  return !facts.gone && facts.state === 'Available'
}

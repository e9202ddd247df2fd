import type { FindEvent, FindResult, LogLine, SystemInfo, SystemStatus } from '../../../src-shared/contract/index.ts'
import { VERSION } from '../../../src-shared/version.ts'
import { type Clock, timestamp } from '../base/index.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { ActivityLog } from './activity-log.ts'
import { describePath, type PathDescription } from './describe-path.ts'
import type { DiskMeter } from './disk-use.ts'
import { type FindSources, find } from './find/find.ts'

/** The engine's live rows, as far as an overview needs them. */
export interface SystemPorts extends FindSources {
  host: SystemInfo['host']
  directory: DataDirectory
  ownProvider(): string | null
  disk: DiskMeter
  activity: ActivityLog
  clock: Clock
}

const STATUS_INTERVAL_MS = 500
const PROGRESS_MS = 200

/** What the engine can say of itself: status, disk use, where a CID is, what happened. */
export class System {
  readonly #ports: SystemPorts
  readonly #startedAt: string
  readonly #closed = new AbortController()
  #address: string | null = null

  constructor(ports: SystemPorts) {
    this.#ports = ports
    this.#startedAt = timestamp(ports.clock)
  }

  close(): void {
    this.#closed.abort()
  }

  /** Where the host listens, for the status. */
  set address(address: string | null) {
    this.#address = address
  }

  info(): Omit<SystemInfo, 'abilities'> {
    const { host, directory, ownProvider } = this.#ports
    return { version: VERSION, dataDir: directory.root, host, providerUrl: ownProvider(), startedAt: this.#startedAt }
  }

  async status(): Promise<SystemStatus> {
    const { directory, ownProvider, disk, clock } = this.#ports
    const transfers = this.#ports.transfers().filter((row) => row.state === 'running')
    const rateOf = (direction: 'in' | 'out') =>
      transfers.filter((row) => row.direction === direction).reduce((sum, row) => sum + row.rate, 0)
    return {
      version: VERSION,
      dataDir: directory.root,
      address: this.#address,
      providerUrl: ownProvider(),
      roles: ownProvider() === null ? ['client'] : ['client', 'provider'],
      shards: countBy(this.#ports.shards(), (row) => row.state),
      imports: countBy(this.#ports.imports(), (row) => (row.state === 'importing' ? 'importing' : row.health)),
      deals: countBy(this.#ports.deals(), (row) => row.state),
      retrievals: countBy(this.#ports.retrievals(), (row) => row.state),
      transfers: { active: transfers.length, inRate: rateOf('in'), outRate: rateOf('out') },
      disk: await disk.measure(clock.now()),
    }
  }

  /** The status now, and again whenever it differs. */
  async *watchStatus(signal?: AbortSignal): AsyncGenerator<SystemStatus, void, void> {
    const ended = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])])
    let last = ''
    while (!ended.aborted) {
      const status = await this.status()
      const text = JSON.stringify(status)
      if (text !== last) yield status
      last = text
      await this.#ports.clock.sleep(STATUS_INTERVAL_MS, ended).catch(() => {})
    }
  }

  /** Disk use has changed by more than work of the usual kind. */
  expireDiskUse(): void {
    this.#ports.disk.expire()
  }

  describePaths(paths: string[]): Promise<PathDescription[]> {
    return Promise.all(paths.map(describePath))
  }

  find(text: string, signal?: AbortSignal): Promise<FindResult> {
    return find(text, this.#ports, { signal })
  }

  /** Ending the stream cancels it. */
  async *watchFind(text: string, signal?: AbortSignal): AsyncGenerator<FindEvent, void, void> {
    const stop = new AbortController()
    const ended = AbortSignal.any([stop.signal, this.#closed.signal, ...(signal === undefined ? [] : [signal])])
    const progress = { looked: 0, total: 0 }
    const onLooked = (looked: number, total: number) => Object.assign(progress, { looked, total })
    const finding = find(text, this.#ports, { signal: ended, onLooked })
    const done = finding.then(
      () => true,
      () => true,
    )
    try {
      let told = 0
      while (!(await Promise.race([done, this.#ports.clock.sleep(PROGRESS_MS).then(() => false)]))) {
        if (progress.looked !== told) yield { type: 'progress', ...progress }
        told = progress.looked
      }
      yield { type: 'done', result: await finding }
    } finally {
      stop.abort()
    }
  }

  logs(): LogLine[] {
    return this.#ports.activity.lines()
  }

  watchLogs(signal?: AbortSignal): AsyncGenerator<LogLine, void, void> {
    return this.#ports.activity.added.subscribe(
      AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]),
    )
  }
}

function countBy<Row>(rows: Row[], keyOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1
  return counts
}

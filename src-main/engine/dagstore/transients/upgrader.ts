import { EngineError, FileReader, throwIfAborted } from '../../base/index.ts'
import type { Mount, MountOptions, MountReader, MountStat } from '../mount/mount.ts'
import { copyToTransient } from './copy-to-transient.ts'
import { sizeOf, type TransientFolder } from './transient-folder.ts'

interface Transient {
  path: string
  /** Made by this program, so it may be deleted. */
  owned: boolean
  /** Its size has been compared with the source since the start of the program. */
  checked: boolean
  /** As of that comparison. */
  bytes?: number | null
  /** Mistrusted since a recovery: used only where the source cannot be read. */
  lastResort: boolean
  /** Of the source that it is a copy of, where that is known. */
  version?: string
}

interface Fetch {
  controller: AbortController
  callers: number
  copy: Promise<Transient>
}

type TransientStep = 'fetch-transient' | 'name-transient' | 'discard-transient' | 'collect-transient'

export interface UpgraderOptions {
  key: string
  mount: Mount
  folder: TransientFolder
  /** A local copy to use: what the record names, or what the user gave. */
  transientPath?: string
  onStep?: (key: string, name: TransientStep) => Promise<void> | void
}

const QUIET = Promise.resolve()
const NO_STEP = () => {}

/**
 * Makes every mount readable at any position: in place where it can be, otherwise from a transient, a local copy that
 * is fetched once however many ask for it. A fetch that failed is forgotten, so that the next caller tries again.
 *
 * A copy that the user gave is never deleted. Where the mount can be read in place, it is used only when that fails.
 */
export class Upgrader {
  readonly mount: Mount
  readonly #key: string
  readonly #folder: TransientFolder
  readonly #onStep: NonNullable<UpgraderOptions['onStep']>
  #transient: Transient | null
  #fetch: Fetch | null = null
  /** Of a copy that was interrupted and is gone on with the next time. */
  #partialBytes = 0
  /** Resolves when nothing writes or deletes the files: one thing at a time is done with them. */
  #quiet: Promise<void> = QUIET

  constructor(options: UpgraderOptions) {
    const { key, mount, folder, transientPath = '', onStep = NO_STEP } = options
    this.mount = mount
    this.#key = key
    this.#folder = folder
    this.#onStep = onStep
    this.#transient =
      transientPath === ''
        ? null
        : { path: transientPath, owned: folder.owns(transientPath, key), checked: false, lastResort: false }
  }

  /** For the record; empty when there is none. */
  get transientPath(): string {
    return this.#transient?.path ?? ''
  }

  /** Whether garbage collection could free something here. */
  get collectable(): boolean {
    return (this.#transient?.owned === true || this.#partialBytes > 0) && this.#fetch === null
  }

  /** Whether this program made the transient, and may delete it. */
  get ownsTransient(): boolean {
    return this.#transient?.owned === true
  }

  stat(options?: MountOptions): Promise<MountStat> {
    return this.mount.stat(options)
  }

  /** Random access to the bytes. Cancelling ends the fetch when nobody else waits for it. */
  async open(options: MountOptions = {}): Promise<MountReader> {
    const inPlace = this.mount.access === 'sequential' ? null : await this.#openInPlace(options)
    if (inPlace !== null) return inPlace
    const transient = await this.#usableTransient(options)
    if (transient !== null && !transient.lastResort) return openCopy(transient)
    try {
      return openCopy(await this.#fetchShared(options.signal))
    } catch (error) {
      if (transient === null || EngineError.from(error).kind === 'cancelled') throw error
      return openCopy(transient)
    }
  }

  /** Sees to it that `open` needs no fetch: makes the transient where one is needed. Holds nothing open. */
  async ensureFetched(options: MountOptions = {}): Promise<void> {
    if (this.mount.access !== 'random') await (await this.open(options)).close()
  }

  /** What `collect` would free. */
  async collectableBytes(): Promise<number> {
    const transient = this.#transient
    return (transient?.owned === true ? ((await sizeOf(transient.path)) ?? 0) : 0) + this.#partialBytes
  }

  /** Says how much is there of a copy that was interrupted: it takes space as others do. */
  notePartial(bytes: number): void {
    this.#folder.accountPartial(bytes - this.#partialBytes)
    this.#partialBytes = bytes
  }

  /**
   * Forgets the transient, so that the next `open` fetches anew; deletes it if this program made it. A copy that the
   * user gave is kept in mind where the source cannot be read without it. A copy that was interrupted is gone on with:
   * nobody has read from it, so it is not what is broken.
   */
  async discard(): Promise<void> {
    await this.#onStep(this.#key, 'discard-transient')
    if (this.#transient !== null) this.#transient.lastResort = true
    await this.#collectTransient()
  }

  /** As `discard`, and nothing stays that this program made. */
  async remove(): Promise<void> {
    await this.discard()
    this.notePartial(0)
    await this.#delete(this.#folder.partialPath(this.#key))
    if (this.mount.resumable === true) await this.#delete(this.#folder.versionPath(this.#key))
  }

  /** Deletes the transient, or what is there of one, if this program made it. Bytes freed. */
  async collect(): Promise<number> {
    const freed = await this.#collectTransient()
    if (this.#partialBytes === 0) return freed
    this.notePartial(0)
    const partial = await this.#delete(this.#folder.partialPath(this.#key))
    await this.#delete(this.#folder.versionPath(this.#key))
    return freed + partial
  }

  async #collectTransient(): Promise<number> {
    const transient = this.#transient
    if (transient === null || !transient.owned) return 0
    this.#transient = null // forgotten first, so that a file that somebody deleted by hand is no obstacle
    const freed = await this.#delete(transient.path)
    this.#folder.space.account(-freed)
    if (transient.version !== undefined) await this.#delete(this.#folder.versionPath(this.#key))
    return freed
  }

  #delete(path: string): Promise<number> {
    const deleted = this.#quiet.then(async () => {
      await this.#onStep(this.#key, 'collect-transient')
      return this.#folder.delete(path)
    })
    this.#quiet = deleted.then(
      () => {},
      () => {},
    )
    return deleted
  }

  /** null where the mount says that it is to be copied. */
  async #openInPlace(options: MountOptions): Promise<MountReader | null> {
    if (this.mount.open === undefined)
      throw new EngineError('INTERNAL', `The mount ${this.mount.url()} says it can be read in place but cannot.`)
    try {
      return await this.mount.open(options)
    } catch (thrown) {
      const error = EngineError.from(thrown)
      const path = error.kind === 'cancelled' ? null : (this.#transient?.path ?? null)
      if (path === null || (await sizeOf(path)) === null) throw error
      return FileReader.open(path)
    }
  }

  /**
   * The transient, unless it is gone, shorter than its source, or of another version of it; in any case where the source
   * cannot give another.
   */
  async #usableTransient(options: MountOptions): Promise<Transient | null> {
    const transient = await this.#findTransient()
    if (transient === null || !transient.owned || (await this.#isChecked(transient))) return transient
    const stat = await this.mount.stat(options).catch(() => null)
    const size = await sizeOf(transient.path)
    if (this.mount.resumable === true) transient.version ??= await this.#folder.readVersion(this.#key)
    transient.checked = stat !== null
    transient.bytes = size
    if (stat === null || !stat.ready || size === null) return transient
    const isOther = stat.version !== undefined && stat.version !== transient.version
    if (!isOther && (stat.sizeBytes === null || size >= stat.sizeBytes)) return transient
    await this.#collectTransient()
    return null
  }

  /** A copy that somebody cut since then is looked at again. */
  async #isChecked(transient: Transient): Promise<boolean> {
    if (!transient.checked) return false
    const lostBytes = (transient.bytes ?? 0) - ((await sizeOf(transient.path)) ?? 0)
    if (lostBytes <= 0) return true
    this.#folder.space.account(-lostBytes)
    return false
  }

  async #findTransient(): Promise<Transient | null> {
    if (this.#transient === null) return null
    if ((await sizeOf(this.#transient.path)) !== null) return this.#transient
    // The dagstore may have been moved: then the copy lies under its name in the folder of today.
    const moved = this.#folder.completePath(this.#key)
    const wasOurs = this.#transient.path.endsWith(moved.slice(this.#folder.directory.length + 1))
    this.#transient =
      wasOurs && (await sizeOf(moved)) !== null ? { path: moved, owned: true, checked: false, lastResort: false } : null
    return this.#transient
  }

  async #fetchShared(signal: AbortSignal | undefined): Promise<Transient> {
    throwIfAborted(signal)
    const fetch = this.#fetch ?? this.#startFetch()
    fetch.callers++
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        fetch.callers--
        if (fetch.callers === 0) this.#endFetch(fetch, signal?.reason)
        reject(
          EngineError.is(signal?.reason) ? signal.reason : new EngineError('CANCELLED', 'The fetch was cancelled.'),
        )
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      fetch.copy.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort))
    })
  }

  #startFetch(): Fetch {
    const controller = new AbortController()
    const copy = this.#quiet.then(() => this.#fetchOnce(controller.signal))
    const fetch: Fetch = { controller, callers: 0, copy }
    this.#fetch = fetch
    this.#quiet = copy.then(
      () => this.#endFetch(fetch),
      () => this.#endFetch(fetch),
    )
    return fetch
  }

  /** Nobody joins it any more. */
  #endFetch(fetch: Fetch, reason?: unknown): void {
    if (this.#fetch === fetch) this.#fetch = null
    fetch.controller.abort(reason)
  }

  async #fetchOnce(signal: AbortSignal): Promise<Transient> {
    const stat = await this.mount.stat({ signal })
    if (!stat.exists)
      throw new EngineError('MOUNT_UNAVAILABLE', `${this.mount.url()} no longer exists.`, {
        details: { url: this.mount.url() },
      })
    const copy = async () => {
      await this.#onStep(this.#key, 'fetch-transient')
      this.notePartial(0) // is part of what is reserved now
      const beforeNaming = () => this.#onStep(this.#key, 'name-transient')
      try {
        return await copyToTransient(this.#key, this.mount, stat, this.#folder, { signal, beforeNaming })
      } catch (error) {
        this.notePartial((await sizeOf(this.#folder.partialPath(this.#key)).catch(() => null)) ?? 0)
        throw error
      }
    }
    // A source that is not ready would only hold up others while it prepares itself.
    const path = stat.ready ? await this.#folder.throttle.run(copy, signal) : await copy()
    const transient: Transient = {
      ...{ path, owned: true, checked: true, lastResort: false, version: stat.version },
      bytes: await sizeOf(path),
    }
    this.#transient = transient
    return transient
  }
}

function openCopy({ path, version }: Transient): MountReader {
  const reader = FileReader.open(path)
  return version === undefined ? reader : Object.assign(reader, { version })
}

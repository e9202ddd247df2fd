import type { BulkState } from '../../../src-shared/contract/index.ts'
import {
  type Clock,
  EngineError,
  EventStream,
  type QuietHours,
  Throttle,
  throwIfAborted,
  whileNotAborted,
} from '../base/index.ts'

/** Clocks are set and machines sleep: the time is looked at again at least so often. */
const LONGEST_WAIT_MS = 60_000
const MINUTE_MS = 60_000

/** What keeps bulk work from going on, shared by everyone who waits. */
interface Gate {
  opened: Promise<void>
  open(): void
}

/**
 * Work over many shards that nobody waits for: it can be paused, keeps quiet at the hours that the settings name, is
 * limited in how much of it runs at once, and ends when the dagstore closes.
 */
export class BulkWork {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  readonly #throttle = new Throttle(32)
  readonly #changes = new EventStream<void>()
  #quietHours: QuietHours
  #paused = false
  /** The quiet time that somebody chose not to wait for ends then. */
  #quietIgnoredUntil = 0
  #gate: Gate | null = null

  constructor(clock: Clock, quietHours: QuietHours) {
    this.#clock = clock
    this.#quietHours = quietHours
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get state(): BulkState {
    const quietUntil = this.#quietUntil()
    const waitsFor = this.#paused ? 'resume' : quietUntil === null ? null : 'end-of-quiet-hours'
    return { waitsFor, quietUntil: quietUntil === null ? null : new Date(quietUntil).toISOString() }
  }

  /** The state now, and again whenever it has changed, until `signal` is aborted or the dagstore closes. */
  async *watchState(signal?: AbortSignal): AsyncGenerator<BulkState, void, void> {
    const ended = AbortSignal.any([this.signal, ...(signal === undefined ? [] : [signal])])
    let told = ''
    while (!ended.aborted) {
      const { state } = this
      const text = JSON.stringify(state)
      if (text === told) {
        await this.#untilItMayDiffer(ended)
        continue
      }
      told = text
      yield state
    }
  }

  /** Whether bulk work waits at the moment. */
  get held(): boolean {
    return this.state.waitsFor !== null
  }

  /** Takes effect at once. */
  set quietHours(value: QuietHours) {
    this.#quietHours = value
    this.#quietIgnoredUntil = 0
    this.#wake()
  }

  pause(): void {
    this.#paused = true
    this.#changes.publish()
  }

  /** With `now` the quiet time that it is at the moment is not waited for either; the next one is. */
  resume(options: { now?: boolean } = {}): void {
    this.#paused = false
    if (options.now === true) this.#quietIgnoredUntil = this.#quietUntil() ?? 0
    this.#wake()
  }

  /** Ends everything; what waits is let go. */
  close(): void {
    this.#controller.abort(new EngineError('CLOSED', 'The dagstore is closed.'))
    this.#wake()
  }

  /** Resolves when neither paused nor quiet. CLOSED after `close`; `signal` ends the waiting of this caller. */
  async mayGoOn(signal?: AbortSignal): Promise<void> {
    throwIfAborted(this.signal)
    while (this.held) {
      this.#gate ??= this.#closeGate()
      await whileNotAborted(this.#gate.opened, signal)
      throwIfAborted(this.signal)
    }
  }

  /** Runs `work` on every item, at most `atOnce` at a time. One that fails does not keep the others from running. */
  async forEach<Item>(
    items: Iterable<Item>,
    atOnce: number,
    work: (item: Item, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const iterator = items[Symbol.iterator]()
    const worker = async () => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        await this.mayGoOn()
        const item = next.value
        await this.#throttle.run(() => work(item, this.signal).catch(() => {}), this.signal)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }

  #quietUntil(): number | null {
    const now = this.#clock.now()
    return now < this.#quietIgnoredUntil ? null : this.#quietHours.endsAt(now)
  }

  /** Opens when it may be that bulk work goes on: whoever waits looks again. */
  #closeGate(): Gate {
    const woken = new AbortController()
    const quietUntil = this.#paused ? null : this.#quietUntil()
    const waitMs = quietUntil === null ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, quietUntil - this.#clock.now())
    const ends = (): void => {
      if (this.#gate === gate) this.#gate = null
    }
    const gate: Gate = {
      opened: this.#clock.sleep(waitMs, woken.signal).then(ends, ends),
      open: () => woken.abort(),
    }
    return gate
  }

  #wake(): void {
    this.#gate?.open()
    this.#gate = null
    this.#changes.publish()
  }

  /** Somebody changed it; or the next minute has begun, with which quiet hours begin and end. */
  async #untilItMayDiffer(ended: AbortSignal): Promise<void> {
    const changed = new AbortController()
    const listening = this.#changes.listen(() => changed.abort())
    const untilNextMinuteMs = MINUTE_MS - (this.#clock.now() % MINUTE_MS)
    await this.#clock.sleep(untilNextMinuteMs, AbortSignal.any([changed.signal, ended])).catch(() => {})
    listening.dispose()
  }
}

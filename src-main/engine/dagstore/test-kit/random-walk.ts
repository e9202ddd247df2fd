import { expect } from 'vitest'
import { EngineError } from '../../base/index.ts'
import { randomNumbers } from '../../testing/random-numbers.ts'
import type { ShardAccessor } from '../dagstore-ports.ts'
import type { OpenedDagstore } from './open-dagstore.ts'
import { rawBlock, type TestCar, testCar } from './test-cars.ts'
import type { TestPieces } from './test-pieces.ts'

export interface WalkPorts {
  pieces: TestPieces
  open(): Promise<OpenedDagstore>
  /** Takes an index away while no dagstore is open. */
  loseIndex(key: string): Promise<void>
  /** Of the steps that restart the dagstore, one in so many does. */
  restartsOneIn: number
}

interface ModelShard {
  /** What is known of it: it may be read, it has failed, or it was never touched. */
  state: 'New' | 'Good' | 'Failed'
  accessors: ShardAccessor[]
}

export const WALK_SHARED = rawBlock('in all')
export const WALK_CARS = Array.from({ length: 8 }, (_, i) => testCar(`walk ${i}`, 2, [WALK_SHARED]))
const COMPARED_EVERY = 10

/**
 * A long random walk through everything that can be done to a dagstore, beside a model of a few lines that says what
 * must be true. To be opened with MaxRecoverAttempts 0 and RecoverOnStart DoNotRecover: the model knows no healing.
 */
export class RandomWalk {
  readonly #ports: WalkPorts
  readonly #seed: number
  readonly #random: (below: number) => number
  readonly #model = new Map<string, ModelShard>()
  readonly #failing = new Set<string>()
  readonly #wheel: Array<(car: TestCar) => Promise<void>>
  #opened: OpenedDagstore

  private constructor(ports: WalkPorts, seed: number, opened: OpenedDagstore) {
    this.#ports = ports
    this.#seed = seed
    this.#random = randomNumbers(seed)
    this.#opened = opened
    const weighted: Array<[weight: number, step: (car: TestCar) => Promise<void>]> = [
      [3, (car) => this.#register(car)],
      [10, (car) => this.#acquire(car)],
      [14, (car) => this.#readAndRelease(car)],
      [2, (car) => this.#initialize(car)],
      [4, (car) => this.#recover(car)],
      [2, (car) => this.#destroy(car)],
      [2, () => this.#collect()],
      [2, (car) => this.#breakSource(car)],
      [3, (car) => this.#mendSource(car)],
      [1, () => this.#restartSometimes()],
      [1, (car) => this.#loseIndexSometimes(car)],
    ]
    this.#wheel = weighted.flatMap(([weight, step]) => Array.from({ length: weight }, () => step))
  }

  static async begin(ports: WalkPorts, seed: number): Promise<RandomWalk> {
    ports.pieces.add(...WALK_CARS)
    return new RandomWalk(ports, seed, await ports.open())
  }

  /** Fails at the first difference between the dagstore and the model. */
  async go(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const car = WALK_CARS[this.#random(WALK_CARS.length)]
      const step = this.#wheel[this.#random(this.#wheel.length)]
      if (car === undefined || step === undefined) continue
      try {
        await step(car)
        if (i % COMPARED_EVERY === 0) await this.#compare()
      } catch (error) {
        throw Object.assign(error as Error, { walk: `step ${i}, seed ${this.#seed}, shard ${car.key}` })
      }
    }
    await this.#compare()
  }

  get #dagstore() {
    return this.#opened.dagstore
  }

  async #register({ key }: TestCar): Promise<void> {
    const lazy = this.#random(2) === 0
    const fails = this.#failing.has(key)
    const code = await codeOf(this.#dagstore.register(key, `lotus://${key}`, { lazy }))
    if (this.#model.has(key)) return same(code, 'SHARD_EXISTS')
    same(code, lazy || !fails ? 'ok' : 'PIECE_NOT_FOUND')
    this.#model.set(key, { state: lazy ? 'New' : fails ? 'Failed' : 'Good', accessors: [] })
  }

  async #acquire({ key }: TestCar): Promise<void> {
    const shard = this.#model.get(key)
    const callers = Array.from({ length: 1 + this.#random(3) }, () => this.#dagstore.acquire(key))
    const results = await Promise.allSettled(callers)
    for (const result of results) {
      if (result.status === 'fulfilled') shard?.accessors.push(result.value)
      else if (shard === undefined) same(result.reason.code, 'SHARD_NOT_FOUND')
      else if (shard.state === 'Failed') same(result.reason.code, 'SHARD_ERRORED')
      else same([this.#failing.has(key), result.reason.code], [true, 'PIECE_NOT_FOUND'])
    }
    if (shard === undefined || shard.state === 'Failed') return
    shard.state = results.some(({ status }) => status === 'rejected') ? 'Failed' : 'Good'
  }

  async #readAndRelease(car: TestCar): Promise<void> {
    const accessors = this.#model.get(car.key)?.accessors ?? []
    const [accessor] = accessors.splice(this.#random(Math.max(1, accessors.length)), 1)
    if (accessor === undefined) return
    const { cid, bytes } = car.blocks[this.#random(3)] ?? WALK_SHARED
    same(Buffer.from(await accessor.blockstore.get(cid)).equals(bytes), true)
    await accessor.close()
  }

  async #initialize({ key }: TestCar): Promise<void> {
    const shard = this.#model.get(key)
    const code = await codeOf(this.#dagstore.initialize(key))
    if (shard === undefined) return same(code, 'SHARD_NOT_FOUND')
    if (shard.state !== 'New') return same(code, 'SHARD_STATE')
    same(code, this.#failing.has(key) ? 'PIECE_NOT_FOUND' : 'ok')
    shard.state = this.#failing.has(key) ? 'Failed' : 'Good'
  }

  async #recover({ key }: TestCar): Promise<void> {
    const shard = this.#model.get(key)
    const code = await codeOf(this.#dagstore.recover(key))
    if (shard === undefined) return same(code, 'SHARD_NOT_FOUND')
    if (shard.state !== 'Failed') return same(code, 'SHARD_STATE')
    same(code, this.#failing.has(key) ? 'PIECE_NOT_FOUND' : 'ok')
    if (!this.#failing.has(key)) shard.state = 'Good'
  }

  async #destroy({ key }: TestCar): Promise<void> {
    const shard = this.#model.get(key)
    const code = await codeOf(this.#dagstore.destroy(key))
    if (shard === undefined) return same(code, 'SHARD_NOT_FOUND')
    same(code, shard.accessors.length > 0 ? 'SHARD_IN_USE' : 'ok')
    if (code === 'ok') this.#model.delete(key)
  }

  async #collect(): Promise<void> {
    const { shards } = await this.#dagstore.gc()
    for (const { key, error } of shards) same([error, this.#model.get(key)?.accessors.length], [null, 0])
  }

  async #breakSource({ key }: TestCar): Promise<void> {
    this.#failing.add(key)
    this.#ports.pieces.fail(key, new EngineError('PIECE_NOT_FOUND', 'It is gone.'))
  }

  async #mendSource({ key }: TestCar): Promise<void> {
    this.#failing.delete(key)
    this.#ports.pieces.mend(key)
  }

  async #restartSometimes(): Promise<void> {
    if (this.#random(this.#ports.restartsOneIn) === 0) await this.#restart(async () => {})
  }

  /** Where nothing is healed, a lost index makes the shard fail at the next start. */
  async #loseIndexSometimes({ key }: TestCar): Promise<void> {
    const shard = this.#model.get(key)
    if (shard?.state !== 'Good' || this.#random(this.#ports.restartsOneIn) > 0) return
    await this.#dagstore.settled()
    await this.#restart(() => this.#ports.loseIndex(key))
    await this.#dagstore.settled()
    same(this.#dagstore.info(key).state, 'Errored')
    shard.state = 'Failed'
  }

  async #restart(meanwhile: () => Promise<void>): Promise<void> {
    for (const shard of this.#model.values()) for (const accessor of shard.accessors.splice(0)) await accessor.close()
    await this.#opened.close()
    await meanwhile()
    this.#opened = await this.#ports.open()
  }

  async #compare(): Promise<void> {
    const keys = this.#dagstore.list().map(({ key }) => key)
    same(keys, [...this.#model.keys()].sort())
    const found = (await this.#dagstore.lookup(WALK_SHARED.cid)).map(({ key }) => key)
    for (const [key, { state, accessors }] of this.#model) {
      const view = this.#dagstore.info(key)
      const expected = { New: 'New', Failed: 'Errored', Good: accessors.length > 0 ? 'Serving' : 'Available' }[state]
      same([key, view.state, view.readers], [key, expected, accessors.length])
      expect(this.#dagstore.table.get(key)).toEqual(view)
      if (state === 'Good') same([key, found.includes(key)], [key, true])
    }
  }
}

/** An assertion that costs little when it holds: there are millions of them. */
function same(actual: unknown, expected: unknown): void {
  if (actual !== expected && JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected)
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
  )
}

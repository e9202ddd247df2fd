/**
 * Counts the memory that code asks for in buffers, whether or not it touches it: what a length in a damaged file could
 * make it ask for. One at a time; `stop` puts everything back.
 */
export class AllocationMeter {
  largestBytes = 0
  totalBytes = 0
  readonly #restore: Array<() => void> = []

  /** Begins to count what is allocated anywhere in this thread. */
  start(): void {
    this.largestBytes = 0
    this.totalBytes = 0
    const scope = globalThis as unknown as Record<string, new (length: unknown) => unknown>
    for (const name of BUFFERS) {
      const original = scope[name] as (new (length: unknown) => unknown) & { BYTES_PER_ELEMENT?: number }
      const elementBytes = original.BYTES_PER_ELEMENT ?? 1
      scope[name] = new Proxy(original, {
        construct: (target, given, newTarget) => {
          if (typeof given[0] === 'number') this.#count(given[0] * elementBytes)
          return Reflect.construct(target, given, newTarget === scope[name] ? target : newTarget) as object
        },
      })
      this.#restore.push(() => {
        scope[name] = original
      })
    }
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
      const original = Buffer[name]
      Buffer[name] = ((size: number, fill?: number) => {
        this.#count(size)
        return (original as typeof Buffer.alloc).call(Buffer, size, fill)
      }) as typeof Buffer.alloc
      this.#restore.push(() => {
        Buffer[name] = original as typeof Buffer.alloc
      })
    }
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore()
  }

  #count(bytes: number): void {
    this.totalBytes += bytes
    if (bytes > this.largestBytes) this.largestBytes = bytes
  }
}

const BUFFERS = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Int32Array',
  'Float64Array',
  'BigUint64Array',
]

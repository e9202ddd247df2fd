import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface RotatingFileOptions {
  /** A file that would grow past this is put aside. */
  maxBytes?: number
  /** Files that were put aside and are kept: `<path>.1` is the youngest. */
  keep?: number
}

/**
 * A log file of bounded size. Writes are synchronous, so that the last lines before a crash are there; a log has a few
 * lines a second at most. A disk that is full or gone costs log lines, never the work that is logged.
 */
export class RotatingFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #keep: number
  #descriptor: number | null = null
  #bytes = 0

  constructor(path: string, options: RotatingFileOptions = {}) {
    this.#path = path
    this.#maxBytes = options.maxBytes ?? 8 << 20
    this.#keep = options.keep ?? 4
  }

  write(line: string): void {
    try {
      const bytes = Buffer.from(line)
      let descriptor = this.#open()
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) {
        this.close()
        this.#putAside()
        descriptor = this.#open()
      }
      writeSync(descriptor, bytes)
      this.#bytes += bytes.length
    } catch {
      this.close()
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #open(): number {
    if (this.#descriptor !== null) return this.#descriptor
    mkdirSync(dirname(this.#path), { recursive: true })
    this.#descriptor = openSync(this.#path, 'a', 0o600)
    this.#bytes = fstatSync(this.#descriptor).size
    return this.#descriptor
  }

  #putAside(): void {
    rmSync(`${this.#path}.${this.#keep}`, { force: true })
    for (let age = this.#keep - 1; age >= 1; age--) {
      if (existsSync(`${this.#path}.${age}`)) renameSync(`${this.#path}.${age}`, `${this.#path}.${age + 1}`)
    }
    if (this.#keep > 0) renameSync(this.#path, `${this.#path}.1`)
    else rmSync(this.#path)
  }
}

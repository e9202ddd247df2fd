import { resolve } from 'node:path'
import type { HostPaths } from '../host/index.ts'
import { connect } from './connect.ts'
import type { Client, Connection } from './connection.ts'
import { CommandError, EXIT, failureText, lostConnection, toFailure } from './failure.ts'
import { type JsonMode, Output } from './output.ts'
import { ProgressLine } from './progress-line.ts'

/** The options that every verb takes. */
export interface GlobalOptions {
  repo?: string
  json: JsonMode
  quiet: boolean
  verbose: boolean
}

/** One run of one verb: what it may use, and how it ends. */
export class VerbRun {
  readonly paths: HostPaths
  readonly dataDir: string
  readonly output: Output
  readonly progress: ProgressLine
  readonly verbose: boolean
  /** For verbs whose result is itself a failure: `car verify` of a file that is not good. */
  exitCode: number = EXIT.done
  readonly #interrupt = new AbortController()
  readonly #failures: FailedItem[] = []
  #total = 0
  #connection: Promise<Connection> | null = null

  constructor(paths: HostPaths, dataDir: string, options: GlobalOptions) {
    this.paths = paths
    this.dataDir = dataDir
    this.output = new Output(options)
    this.verbose = options.verbose
    this.progress = new ProgressLine(!options.quiet)
  }

  /** For an engine in this process: --verbose raises its log. */
  get environment(): NodeJS.ProcessEnv {
    return this.verbose ? { ...process.env, CARPORT_LOG_LEVEL: 'debug' } : process.env
  }

  /** Aborted by Ctrl-C. */
  get signal(): AbortSignal {
    return this.#interrupt.signal
  }

  /** The engine, connected to or opened at the first call. */
  async client(): Promise<Client> {
    return (await this.connection()).client
  }

  connection(): Promise<Connection> {
    const { dataDir, paths, verbose, environment, signal } = this
    this.#connection ??= connect({ dataDir, paths, verbose, environment, signal })
    return this.#connection
  }

  /** A path as the engine needs it, whose working folder is another. */
  path(given: string): string {
    return resolve(given)
  }

  /** Does all items, one after the other; those that fail are told of at the end, and make the verb fail. */
  async each<Item, Result>(
    items: Item[],
    name: (item: Item) => string,
    work: (item: Item) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = []
    for (const item of items) {
      try {
        results.push(await work(item))
      } catch (error) {
        if (this.signal.aborted || items.length === 1) throw error
        this.#failures.push({ item: name(item), failure: toFailure(error) })
        if (this.output.json === 'off') this.progress.say(`carport: ${name(item)}: ${toFailure(error).message}`)
      }
    }
    this.#total = items.length
    return results
  }

  /** Runs `work` to its end and gives the exit code; never throws. */
  async finish(work: () => Promise<void>): Promise<number> {
    const stopListening = this.#listenForInterrupt()
    let code: number = EXIT.done
    try {
      await work()
      code = this.exitCode
      if (this.#failures.length > 0) throw this.#partialFailure()
    } catch (error) {
      code = await this.#report(error)
    }
    try {
      await (await this.#connection)?.close()
    } catch (error) {
      if (code === EXIT.done) code = await this.#report(error)
    }
    stopListening()
    return code
  }

  async #report(error: unknown): Promise<number> {
    this.progress.clear()
    if (this.signal.aborted) {
      process.stderr.write(
        this.output.json === 'off'
          ? 'carport: interrupted\n'
          : `${failureText(toFailure(interrupted()), this.output.json)}\n`,
      )
      return EXIT.interrupted
    }
    const connection = await this.#connection?.catch(() => null)
    const thrown = connection?.lost === true ? lostConnection() : error
    process.stderr.write(`${failureText(toFailure(thrown), this.output.json)}\n`)
    if (this.verbose && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
    return thrown instanceof CommandError ? thrown.exitCode : EXIT.failed
  }

  #partialFailure(): CommandError {
    const first = this.#failures[0]?.failure ?? toFailure(interrupted())
    const failed = this.#failures.map(({ item, failure }) => ({ item, code: failure.code, message: failure.message }))
    return new CommandError(first.code, `${failed.length} of ${this.#total} failed.`, { details: { failed } })
  }

  /** The first Ctrl-C lets the verb clean up, the second ends it at once. */
  #listenForInterrupt(): () => void {
    const onSignal = () => {
      if (this.signal.aborted) process.exit(EXIT.interrupted)
      this.#interrupt.abort(interrupted())
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
    return () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    }
  }
}

interface FailedItem {
  item: string
  failure: ReturnType<typeof toFailure>
}

function interrupted(): CommandError {
  return new CommandError('CANCELLED', 'Interrupted.', { exitCode: EXIT.interrupted })
}

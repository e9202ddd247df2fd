import { Command, Option } from 'commander'
import { dataDirectory, type HostPaths } from '../host/index.ts'
import { type GlobalOptions, VerbRun } from './verb-run.ts'

/** What the files of the verbs are built with: `export const local = (verbs: Verbs) => verbs.verb('local')…`. */
export interface Verbs {
  /** A verb's command, with the options that all verbs take. */
  verb(name: string, summary: string): Command
  /** A group of verbs: `carport client …`. */
  group(name: string, summary: string, members: VerbFile[]): Command
  /** Wraps a verb's work as commander's action: gets the run, the verb's own options, and its arguments. */
  run<Options, Args extends unknown[]>(work: Work<Options, Args>): (...given: unknown[]) => Promise<void>
}

export type VerbFile = (verbs: Verbs) => Command
export type Work<Options, Args extends unknown[]> = (run: VerbRun, options: Options, ...args: Args) => Promise<void>

/** `onExit` is told the code of the verb that ran. */
export function createVerbs(paths: HostPaths, onExit: (code: number) => void): Verbs {
  const verb = (name: string, summary: string) => addGlobalOptions(new Command(name).description(summary))
  return {
    verb,
    group(name, summary, members) {
      const group = verb(name, summary).helpCommand(false)
      for (const member of members) group.addCommand(member(this))
      return group
    },
    run:
      (work) =>
      async (...given) => {
        const command = given.at(-1) as Command
        const options = command.optsWithGlobals<RawGlobalOptions>()
        const args = given.slice(0, -2)
        const run = new VerbRun(paths, dataDirectory(options.repo), globalOptions(options))
        onExit(await run.finish(() => work(run, options as never, ...(args as never))))
      },
  }
}

interface RawGlobalOptions {
  repo?: string
  json?: boolean
  jsonLines?: boolean
  quiet?: boolean
  verbose?: boolean
}

function globalOptions({ repo, json, jsonLines, quiet, verbose }: RawGlobalOptions): GlobalOptions {
  return {
    repo,
    json: jsonLines === true ? 'lines' : json === true ? 'value' : 'off',
    quiet: quiet === true,
    verbose: verbose === true,
  }
}

/** On every command, so that they may stand before the verb, after it, or after its arguments. */
function addGlobalOptions(command: Command): Command {
  return command
    .option('--repo <dir>', 'data directory (default: $CARPORT_PATH, or ~/.carport)')
    .option('--json', 'one JSON value on stdout; --json=lines: an object a line, as it happens')
    .addOption(new Option('--json-lines').hideHelp())
    .option('-q, --quiet', 'no progress, and results as short as they can be')
    .option('-v, --verbose', 'more about what happens, on stderr')
}

/** Go's flags take one dash as well as two, and scripts written for go-car's `car` use either: `-append`. */
const GO_LONG_OPTION =
  /^-(append|cid|cid-file|codec|file|full|input|inverse|no-wrap|output|selector|set-root|strict|unixfs|unixfs-blocks|verbose|version)(=|$)/

/** `--json=lines` as a flag of its own: an optional value would swallow the argument after a bare `--json`. */
export function normaliseArguments(given: readonly string[]): string[] {
  const end = given.indexOf('--')
  return given.map((argument, at) => {
    if (end >= 0 && at > end) return argument
    if (argument === '--json=lines') return '--json-lines'
    if (given.includes('car') && GO_LONG_OPTION.test(argument)) return `-${argument}`
    return argument === '--json=value' ? '--json' : argument
  })
}

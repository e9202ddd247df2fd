import { type Command, CommanderError } from 'commander'
import type { HostPaths } from '../host/index.ts'
import { CommandError, EXIT, failureText, usageError } from './failure.ts'
import { createProgram } from './program.ts'
import { normaliseArguments } from './verbs.ts'

/** Runs one command line and ends the process with its exit code. */
export async function runCommandLine(
  paths: HostPaths,
  given: readonly string[] = process.argv.slice(2),
): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe went away (`| head`): what it did not want need not be written, and is no failure.
    if (error.code === 'EPIPE') process.exit(EXIT.done)
    printFailure(new CommandError(error.code === 'ENOSPC' ? 'NO_SPACE' : 'IO_ERROR', cannotWrite(error)), given)
    process.exit(EXIT.failed)
  })
  const code = await parseAndRun(paths, normaliseArguments(given))
  process.stdout.write('', () => process.exit(code))
}

async function parseAndRun(paths: HostPaths, argv: string[]): Promise<number> {
  let code: number = EXIT.done
  const program = createProgram(paths, (exitCode) => {
    code = exitCode
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return EXIT.done
    // Help that was shown because nothing was asked for has said everything.
    if (error.code !== 'commander.help') printUsageError(program, error, argv)
    return EXIT.usage
  }
}

function printUsageError(program: Command, error: CommanderError, argv: string[]): void {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split(/\n\(Did you mean (.*)\?\)$/)
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.?$/, '.')}`
  const parts = [
    sentence,
    ...(suggestion === undefined ? [] : [`Did you mean ${suggestion}?`]),
    `See "${['carport help', ...verbPath(program, argv)].join(' ')}".`,
  ]
  printFailure(usageError(parts.join(' ')), argv)
}

/** The verb that was meant, as far as there is such a one: `dagstore`, `gc`. */
function verbPath(program: Command, argv: readonly string[]): string[] {
  const path: string[] = []
  let at: Command = program
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word))
    if (next === undefined) continue
    path.push(next.name())
    at = next
  }
  return path
}

function printFailure(error: CommandError, argv: readonly string[]): void {
  const json = argv.some((word) => word.startsWith('--json')) ? 'value' : 'off'
  process.stderr.write(`${failureText(error.failure, json)}\n`)
}

function cannotWrite({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOSPC' ? 'What stdout is written to is full.' : `The results could not be written: ${message}.`
}

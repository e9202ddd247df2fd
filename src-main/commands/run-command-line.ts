import { CommanderError } from 'commander'
import type { HostPaths } from '../host/index.ts'
import { EXIT, failureText, toFailure, usageError } from './failure.ts'
import { createProgram } from './program.ts'
import { normaliseArguments } from './verbs.ts'

/** Runs one command line and ends the process with its exit code. */
export async function runCommandLine(
  paths: HostPaths,
  given: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // The reader of a pipe went away (`| head`): what it did not want need not be written, and is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  )
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
    if (error.code !== 'commander.help') printUsageError(error, argv)
    return EXIT.usage
  }
}

function printUsageError(error: CommanderError, argv: string[]): void {
  const message = error.message.replace(/^error: /, '')
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.?$/, '.')}`
  const json = argv.includes('--json') || argv.includes('--json-lines') ? 'value' : 'off'
  process.stderr.write(
    `${failureText(toFailure(usageError(`${sentence} See "carport help" and "carport help VERB".`)), json)}\n`,
  )
}

import type { Command } from 'commander'
import { VERSION } from '../../src-shared/version.ts'
import type { HostPaths } from '../host/index.ts'
import { authVerbs } from './auth/index.ts'
import { carVerbs } from './car/index.ts'
import { clientVerbs } from './client/index.ts'
import { completion } from './completion.ts'
import { configVerbs } from './config/index.ts'
import { dagstoreVerbs } from './dagstore/index.ts'
import { doctor } from './doctor/index.ts'
import { find } from './find.ts'
import { help } from './help.ts'
import { migrateVerbs } from './migrate/index.ts'
import { piecesVerbs } from './pieces/index.ts'
import { serve } from './serve.ts'
import { status } from './status.ts'
import { transfersVerbs } from './transfers/index.ts'
import { unixfsVerbs } from './unixfs.ts'
import { url } from './url.ts'
import { createVerbs } from './verbs.ts'

/** The whole command line as a tree. `onExit` is told the exit code of the verb that ran. */
export function createProgram(paths: HostPaths, onExit: (code: number) => void): Command {
  const verbs = createVerbs(paths, onExit)
  const program = verbs
    .group('carport', 'Keep data on Filecoin: import files, make deals, retrieve, and serve pieces from a dagstore.', [
      clientVerbs,
      dagstoreVerbs,
      piecesVerbs,
      migrateVerbs,
      transfersVerbs,
      carVerbs,
      unixfsVerbs,
      serve,
      url,
      status,
      find,
      doctor,
      configVerbs,
      authVerbs,
    ])
    .version(VERSION, '--version', 'print the version')
  program.addCommand(completion(verbs, program)).addCommand(help(verbs, program))
  program.addHelpText('after', '\nWithout a running engine, verbs open the data directory themselves.')
  configureAll(program)
  return program
}

/** Errors are thrown, not printed: they are told in one place. Options stand where they are written, `--` ends them. */
function configureAll(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined })
  command.configureHelp({ visibleOptions, subcommandTerm })
  if (command.commands.length > 0) command.enablePositionalOptions()
  for (const member of command.commands) configureAll(member)
}

/** `import <path...>`: that verbs take options goes without saying. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}

const GLOBAL_NAMES = new Set(['--repo', '--json', '--quiet', '--verbose'])

/** A verb's own options first; those of every verb are told once, in the help of the program. */
function visibleOptions(command: Command) {
  const shown = command.options.filter((option) => !option.hidden)
  return command.parent === null ? shown : shown.filter((option) => !GLOBAL_NAMES.has(option.long ?? ''))
}

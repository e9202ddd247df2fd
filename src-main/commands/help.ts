import type { Command } from 'commander'
import { usageError } from './failure.ts'
import type { Verbs } from './verbs.ts'

export const help = (verbs: Verbs, program: Command): Command =>
  verbs
    .verb('help', 'tell what a verb does and takes')
    .argument('[verb...]')
    .action(
      verbs.run(async (run, _options: object, path: string[]) => {
        let text = ''
        // Not helpInformation: that leaves out what stands after the options, as examples do.
        find(program, path)
          .configureOutput({ writeOut: (part) => (text += part) })
          .outputHelp()
        await run.output.write(text)
      }),
    )

function find(program: Command, path: string[]): Command {
  let command = program
  for (const name of path) {
    const member = command.commands.find((each) => each.name() === name || each.aliases().includes(name))
    if (member === undefined) throw usageError(`There is no verb "${path.join(' ')}". See "carport help".`)
    command = member
  }
  return command
}

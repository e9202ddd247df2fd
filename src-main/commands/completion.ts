import { Argument, type Command } from 'commander'
import type { Verbs } from './verbs.ts'

export const completion = (verbs: Verbs, program: Command): Command =>
  verbs
    .verb('completion', 'print a script that completes verbs and options in a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nbash: source <(carport completion bash)\nzsh:  source <(carport completion zsh)\nfish: carport completion fish | source',
    )
    .action(
      verbs.run(async (run, _options: object, shell: string) => {
        await run.output.write(completionScript(program, shell))
      }),
    )

/** The script for `shell`; '' for one that is not known. */
export function completionScript(program: Command, shell: string): string {
  return scripts[shell]?.(program) ?? ''
}

const scripts: Record<string, (program: Command) => string> = { bash, zsh, fish }

interface Node {
  /** `client import`; '' for the program. */
  path: string
  verbs: Array<{ name: string; summary: string }>
  options: Array<{ flag: string; short: string | undefined; summary: string; takesValue: boolean; choices: string[] }>
}

function nodesOf(command: Command, path = ''): Node[] {
  const node: Node = {
    path,
    verbs: command.commands.map((member) => ({ name: member.name(), summary: member.description() })),
    options: command.options
      .filter((option) => !option.hidden && option.long)
      .map((option) => ({
        flag: option.long ?? '',
        short: option.short,
        summary: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
      })),
  }
  return [node, ...command.commands.flatMap((member) => nodesOf(member, `${path} ${member.name()}`.trim()))]
}

/** Finds the deepest verb among the words before the cursor, then offers its members and options. */
function bash(program: Command): string {
  const cases = nodesOf(program).map(({ path, verbs, options }) => {
    const words = [...verbs.map(({ name }) => name), ...options.map(({ flag }) => flag)]
    return `    '${path}') words='${words.join(' ')}' ;;`
  })
  const paths = nodesOf(program).map(({ path }) => `'${path}'`)
  return `# carport completion for bash
_carport() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word next known words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    for known in ${paths.slice(1).join(' ')}; do
      [[ "$known" == "$next" ]] && { path="$next"; break; }
    done
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _carport carport
`
}

function zsh(program: Command): string {
  return `#compdef carport
autoload -U +X bashcompinit && bashcompinit
${bash(program)}`
}

function fish(program: Command): string {
  const lines = ['# carport completion for fish']
  for (const { path, verbs, options } of nodesOf(program)) {
    const members = verbs.map(({ name }) => name).join(' ')
    const inside = path.split(' ').filter((word) => word !== '')
    const seen = inside.map((word) => `__fish_seen_subcommand_from ${word}`)
    const here = [...seen, ...(members === '' ? [] : [`not __fish_seen_subcommand_from ${members}`])].join('; and ')
    const when = here === '' ? '' : ` -n ${quote(here)}`
    for (const { name, summary } of verbs) lines.push(`complete -c carport${when} -f -a ${name} -d ${quote(summary)}`)
    for (const { flag, short, summary, takesValue, choices } of options) {
      const value = takesValue ? ` -r${choices.length > 0 ? ` -f -a ${quote(choices.join(' '))}` : ''}` : ''
      const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
      lines.push(`complete -c carport${when} -l ${flag.slice(2)}${letter}${value} -d ${quote(summary)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}

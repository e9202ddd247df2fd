import { execFileSync } from 'node:child_process'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { completionScript } from './completion.ts'
import { createProgram } from './program.ts'
import { normaliseArguments } from './verbs.ts'

const paths = { workerUrl: new URL('file:///unused'), rendererDir: '/unused' }
const program = createProgram(paths, () => undefined)

function everyVerb(command: Command, path: string[] = []): Array<{ path: string; command: Command }> {
  return command.commands.flatMap((member) => {
    const here = [...path, member.name()]
    return [{ path: here.join(' '), command: member }, ...everyVerb(member, here)]
  })
}

describe('the command line', () => {
  it('tells of every verb what it does', () => {
    for (const { path, command } of everyVerb(program))
      expect(command.description(), path).toMatch(/^[a-zA-Z].{8,}[^.]$/)
  })

  it('takes the options of every verb before it, after it, and after its arguments', () => {
    for (const { path, command } of everyVerb(program))
      for (const flag of ['--repo', '--json', '--quiet', '--verbose'])
        expect(
          command.options.map((option) => option.long),
          path,
        ).toContain(flag)
  })

  it('does not take the argument after a bare --json for its value', () => {
    expect(normaliseArguments(['--json', 'stat', 'bafy', '--json=lines'])).toEqual([
      '--json',
      'stat',
      'bafy',
      '--json-lines',
    ])
  })

  it('leaves alone what stands after --', () => {
    expect(normaliseArguments(['client', 'import', '--', '--json=lines'])).toEqual([
      'client',
      'import',
      '--',
      '--json=lines',
    ])
  })
})

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows every verb and option', (shell) => {
    const script = completionScript(program, shell)
    for (const { command } of everyVerb(program)) expect(script).toContain(command.name())
    expect(script).toContain('self-contained')
    expect(script).not.toContain('json-lines')
  })

  it('works in bash', () => {
    const script = completionScript(program, 'bash')
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _carport; echo "\${COMPREPLY[@]}"`,
        '-',
        ...words,
      ])
        .toString()
        .trim()
        .split(' ')
    expect(complete('carport', 'dag')).toContain('dagstore')
    expect(complete('carport', 'dagstore', 'list')).toEqual(['list-shards'])
    expect(complete('carport', '--repo', '/x', 'client', 'import', '--self')).toEqual(['--self-contained'])
  })
})

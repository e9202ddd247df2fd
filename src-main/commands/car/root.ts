import type { Verbs } from '../verbs.ts'

export const root = (verbs: Verbs) =>
  verbs
    .verb('root', 'the roots of a CAR, one a line')
    .argument('[car]', 'default: stdin')
    .action(
      verbs.run(async (run, _options: object, given?: string) => {
        const car = given ?? '-'
        const { openCarStream } = await import('../../engine/index.ts')
        const stream = await openCarStream(car === '-' ? car : run.path(car), { signal: run.signal })
        const roots = stream.roots.map(String)
        await run.output.result({ roots }, () => roots)
        if (car === '-') process.stdin.destroy()
      }),
    )

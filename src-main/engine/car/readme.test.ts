/** The examples of the README are whole programs: they run as they stand, and print what they say. */
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixtures.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const at = temporaryFolder('readme')
const here = new URL('./', import.meta.url)
const readme = readFileSync(new URL('README.md', here), 'utf8')
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = '']) => example)

const sources = globSync('**/*.ts', { cwd: here }).filter((name) => !/\.test\.ts$|^testing\//.test(name))

describe('the README', () => {
  it('is right that the module needs base alone, and of src-shared only types', () => {
    expect(sources.length).toBeGreaterThan(50)
    for (const name of sources)
      for (const [statement, path = ''] of readFileSync(new URL(name, here), 'utf8').matchAll(
        /^(?:import|export)\b[^'"]*?from '(\.[^']+)'/gm,
      )) {
        const { pathname } = new URL(path, new URL(name, here))
        const isOwn = pathname.startsWith(here.pathname) || pathname.endsWith('/engine/base/index.ts')
        const isType = pathname.includes('/src-shared/') && /^(import|export) type\b/.test(statement)
        expect(isOwn || isType, `${name}: ${statement}`).toBe(true)
      }
  })

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(5)
  })

  it.each(examples.map((example, i) => [i + 1, example] as const))('example %i runs', async (_, example) => {
    await copyFile(fixture('car/generated/rw-basic.car'), at('file.car'))
    await symlink(fileURLToPath(new URL('../../../node_modules', here)), at('node_modules'), 'junction')
    const absolute = example.replaceAll(
      /from '(\.[^']+)'/g,
      (_match, path: string) => `from '${new URL(path, here).href}'`,
    )
    await writeFile(at('example.ts'), absolute)
    const { stdout } = await promisify(execFile)(process.execPath, [at('example.ts')], { cwd: at() })
    const expected = [...example.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line)
    expect(stdout.trimEnd().split('\n')).toEqual(expected)
  })
})

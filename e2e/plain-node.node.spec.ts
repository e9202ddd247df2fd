import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, plainNode, test } from './plain-node.ts'

/** The fourth net around Electron: what is built for plain Node runs on it, and names Electron nowhere. */

const built = fileURLToPath(new URL('../out/main/', import.meta.url))

test('the headless engine runs on plain Node', async ({ cli }) => {
  expect(
    spawnSync(plainNode(), ['-p', 'process.versions.electron ?? "plain"'], { encoding: 'utf8' }).stdout.trim(),
  ).toBe('plain')
  const engine = await cli.serve()
  const page = await fetch(engine.url, { redirect: 'manual' })
  expect(page.status).toBe(303)
  expect(await engine.stop()).toBe(0)
})

test('only the entry of the desktop app imports electron', () => {
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  const naming = files.filter((name) =>
    /from\s*"electron"|require\("electron"\)/.test(readFileSync(built + name, 'utf8')),
  )
  expect(naming).toEqual(['index.js'])
})

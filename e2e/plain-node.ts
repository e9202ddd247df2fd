import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base } from '@playwright/test'

const entry = fileURLToPath(new URL('../bin/carport.mjs', import.meta.url))

/** What a run of the command line ended with. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
  /** stdout as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as many shapes as there are verbs
  json: any
}

export interface CommandLine {
  readonly dataDir: string
  /** A folder for the test's own files. */
  readonly folder: string
  run(...args: string[]): Promise<Ended>
  /** Runs and does not wait; for signals. */
  spawn(...args: string[]): { child: ChildProcess; ended: Promise<Ended> }
  /** `carport serve`, once it listens. */
  serve(): Promise<{ url: string; child: ChildProcess; stop(): Promise<number | null> }>
}

/** The built command line on the Node that a user has, with a data directory of its own. */
export const test = base.extend<{ cli: CommandLine }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here
  cli: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'carport-cli-'))
    const dataDir = join(folder, 'data')
    const children = new Set<ChildProcess>()
    const start = (...args: string[]) => {
      const child = spawn(plainNode(), [entry, ...args], {
        env: { ...process.env, CARPORT_PATH: dataDir },
        cwd: folder,
      })
      children.add(child)
      child.once('exit', () => children.delete(child))
      return { child, ended: ended(child) }
    }
    await use({
      dataDir,
      folder,
      run: (...args) => start(...args).ended,
      spawn: start,
      async serve() {
        const { child, ended } = start('serve')
        const url = await firstLine(child, ended)
        return {
          url,
          child,
          async stop() {
            child.kill('SIGTERM')
            return (await ended).code
          },
        }
      },
    })
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  },
})
export { expect } from '@playwright/test'

/** The first Node on PATH that is not this project's own: the one that a user runs the command line on. */
export function plainNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return folders.map((folder) => join(folder, 'node')).find((path) => existsSync(path)) ?? process.execPath
}

function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()))
  return new Promise((resolve) => {
    child.once('close', (code) =>
      resolve({
        code,
        stdout,
        stderr,
        get json() {
          return JSON.parse(stdout)
        },
      }),
    )
  })
}

function firstLine(child: ChildProcess, ended: Promise<Ended>): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (part: Buffer) => {
      text += part.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    void ended.then(({ stderr }) => reject(new Error(`carport serve ended: ${stderr}`)))
  })
}

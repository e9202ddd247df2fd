/**
 * `npm run fuzz [-- SECONDS [SEED]]`: damages the CAR fixtures at random until the time is over, and writes the first
 * input that a reader does not survive to a file.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fixture } from '../../testing/fixtures.ts'
import { mutate, Random, readEveryWay } from './fuzz-target.ts'

const seconds = Number(process.argv[2] ?? 60)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const folder = mkdtempSync(join(tmpdir(), 'carport-fuzz-'))
const path = join(folder, 'fuzz.car')
const seeds = readdirSync(fixture('car/generated'))
  .filter((name) => name.endsWith('.car'))
  .map((name) => readFileSync(fixture(`car/generated/${name}`)))
const random = new Random(seed)
const write = (bytes: Uint8Array) => {
  writeFileSync(path, bytes)
  return path
}

let rounds = 0
process.stdout.write(`seed ${seed}, ${seeds.length} files, ${seconds} s\n`)
for (const end = Date.now() + seconds * 1000; Date.now() < end; rounds++) {
  const bytes = mutate(random.pick(seeds), seeds, random)
  try {
    await readEveryWay(bytes, write)
  } catch (error) {
    writeFileSync('fuzz-failure.car', bytes)
    process.stderr.write(`round ${rounds}: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.stderr.write('The input is in fuzz-failure.car.\n')
    process.exitCode = 1
    break
  }
}
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${rounds} inputs\n`)

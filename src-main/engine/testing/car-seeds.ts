import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fixture, foreignFixture } from './fixtures.ts'

/** Every CAR, index and input of a fuzzer among the fixtures, those of other projects where they are; by name. */
export function carSeeds(): Array<{ name: string; bytes: Uint8Array }> {
  const vectors: Record<string, string> = JSON.parse(readFileSync(fixture('car/generated/inline-vectors.json'), 'utf8'))
  const files = new Map<string, string>()
  for (const folder of [foreignFixture('car'), fixture('car')])
    if (folder !== undefined && existsSync(folder))
      for (const name of readdirSync(folder, { recursive: true }) as string[]) files.set(name, join(folder, name))
  return [
    ...[...files]
      .filter(([name, path]) => !/\.json$|ref-payload/.test(name) && statSync(path).isFile())
      .map(([name, path]) => ({ name, bytes: bytesOf(readFileSync(path)) })),
    ...Object.entries(vectors).map(([name, hex]) => ({ name, bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex') })),
  ]
}

const GO_CORPUS = /^go test fuzz v1\n\[\]byte\((".*")\)\s*$/s

/** An entry of a corpus of Go is a Go literal in a text. */
export function bytesOf(file: Buffer): Uint8Array {
  const literal = GO_CORPUS.exec(file.toString('latin1'))?.[1]
  return literal === undefined ? file : unquoted(literal)
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }

function unquoted(literal: string): Uint8Array {
  const bytes: number[] = []
  for (const [, hex, octal, escaped, character] of literal
    .slice(1, -1)
    .matchAll(/\\x([0-9a-fA-F]{2})|\\([0-7]{3})|\\(.)|([^\\])/gs)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? escaped.charCodeAt(0))
    else bytes.push((character as string).charCodeAt(0))
  }
  return Uint8Array.from(bytes)
}

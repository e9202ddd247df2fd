import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ADVICE, ERROR_CODES, type ErrorCode } from './index.ts'

it('documents every code, with its kind and its advice, in docs/errors.md, and no other', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  )
  expect([...sections.keys()].sort()).toEqual(Object.keys(ERROR_CODES).sort())
  for (const [code, { kind }] of Object.entries(ERROR_CODES)) {
    expect(sections.get(code)).toContain(`Kind: ${kind}.`)
    expect(sections.get(code)).toContain(ADVICE[code as ErrorCode])
  }
})

import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { EngineError } from '../engine/index.ts'
import { CommandError, failureText, toFailure, usageError } from './failure.ts'

describe('a failure on the command line', () => {
  it('keeps code, kind and details of an error that crossed the contract', () => {
    const data = new EngineError('SHARD_NOT_FOUND', 'There is no shard x.', { details: { key: 'x' } }).toValue()
    const failure = toFailure(new ORPCError('ENGINE', { defined: true, data }))
    expect(failure).toEqual({
      code: 'SHARD_NOT_FOUND',
      kind: 'missing',
      message: 'There is no shard x.',
      details: { key: 'x' },
    })
  })

  it('is the same for an engine in this process', () => {
    expect(toFailure(new EngineError('NO_SPACE', 'Full.'))).toMatchObject({ code: 'NO_SPACE', kind: 'limit' })
  })

  it('says which argument the contract refused', () => {
    const refused = new ORPCError('BAD_REQUEST', { data: { issues: [{ message: 'Too long', path: ['root'] }] } })
    expect(toFailure(refused)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('root: Too long'),
    })
  })

  it('is one JSON object with --json, and a sentence with its code otherwise', () => {
    const failure = toFailure(
      new CommandError('FILE_EXISTS', 'out.bin exists already.', { details: { path: 'out.bin' } }),
    )
    expect(JSON.parse(failureText(failure, 'value'))).toEqual({
      error: {
        code: 'FILE_EXISTS',
        kind: 'conflict',
        message: 'out.bin exists already.',
        details: { path: 'out.bin' },
      },
    })
    expect(failureText(failure, 'off')).toBe('carport: out.bin exists already. (FILE_EXISTS)')
  })

  it('of usage ends with 2', () => {
    expect(usageError('No.').exitCode).toBe(2)
  })
})

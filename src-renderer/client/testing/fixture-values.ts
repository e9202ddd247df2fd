import { ERROR_CODES, type ErrorCode, type ErrorValue } from '../../../src-shared/errors/index.ts'

/** What the fixtures of all topics share. */
export const MIB = 2 ** 20
export const GIB = 2 ** 30
export const PROVIDER = 'http://127.0.0.1:43117'

export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

export function errorOf(code: ErrorCode, message: string): ErrorValue {
  return { code, ...ERROR_CODES[code], message, details: {} }
}

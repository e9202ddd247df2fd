import { describe, expect, it } from 'vitest'
import { errorValueOf } from './error-value.ts'

describe('a failure as the window shows it', () => {
  it('tells a connection that was lost from what the user cancelled', () => {
    const lost = Object.assign(new Error('[AsyncIdQueue] Queue[c] was closed'), { name: 'AbortError' })
    expect(errorValueOf(lost)).toMatchObject({ code: 'PEER_UNAVAILABLE', message: expect.stringContaining('was lost') })
    const cancelled = new AbortController()
    cancelled.abort()
    expect(errorValueOf(cancelled.signal.reason)).toMatchObject({ code: 'CANCELLED' })
  })
})

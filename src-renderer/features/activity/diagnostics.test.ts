import { describe, expect, it } from 'vitest'
import { diagnosticsText, redact } from './diagnostics.ts'

describe('the diagnostics', () => {
  it('leave out who the user is and what lets others in', () => {
    const text = redact(
      [
        'open /home/alice/films/a.mkv and C:\\Users\\bob\\b.car and /Users/carol/c',
        'Authorization: Bearer abc.def token=s3cr3t "secret": "hush" http://127.0.0.1:1/?t=ticket&x=1',
        'eyJhbGciOiJIUzI1NiJ9.eyJBbGxvdyI6WyJyZWFkIl19.c2ln',
      ].join('\n'),
    )
    for (const leaked of ['alice', 'bob', 'carol', 'abc.def', 's3cr3t', 'hush', 'ticket', 'c2ln'])
      expect(text).not.toContain(leaked)
    expect(text).toContain('films/a.mkv')
  })

  it('say what differs from the default, and the last lines of the log', () => {
    const text = diagnosticsText({
      info: null,
      status: null,
      settings: [
        {
          key: 'Log.Level',
          type: 'string',
          value: 'debug',
          default: 'info',
          source: 'file',
          environment: 'CARPORT_LOG_LEVEL',
          applies: 'live',
          description: '',
        },
      ],
      lines: [
        { seq: 1, at: '2026-11-22T10:00:00Z', level: 'warn', logger: 'imports', message: 'odd', fields: { id: '7' } },
      ],
      userAgent: 'test',
    })
    expect(text).toContain('Log.Level = "debug" (file)')
    expect(text).toContain('WARN  imports odd id=7')
  })
})

import { describe, expect, it } from 'vitest'
import { type ConnectionState, createConnection, pauseMs } from './connection.ts'
import { OfflineError } from './error-value.ts'
import type { OpenTransport } from './transport.ts'

function controlled() {
  let attempts = 0
  let current: { close: () => void } | null = null
  let refuse = false
  const calls: string[] = []
  let answering = Promise.resolve()
  const transport = (): Promise<OpenTransport> => {
    attempts++
    if (refuse) return Promise.reject(new Error('refused'))
    let end = () => undefined as undefined
    const closed = new Promise<void>((resolve) => {
      end = () => {
        resolve()
        return undefined
      }
    })
    current = { close: end }
    const link = {
      call: (path: readonly string[]) => {
        calls.push(path.join('.'))
        return answering.then(() => ({ version: '1' }))
      },
    }
    return Promise.resolve({ link, closed, close: end })
  }
  return {
    transport,
    calls,
    attempts: () => attempts,
    drop: () => current?.close(),
    /** Answers nothing until what it returns is called. */
    hang: () => {
      let goOn = () => {}
      answering = new Promise((resolve) => {
        goOn = resolve
      })
      return () => goOn()
    },
    refuse: (value: boolean) => {
      refuse = value
    },
  }
}

function until(connection: ReturnType<typeof createConnection>, phase: ConnectionState['phase']) {
  return new Promise<ConnectionState>((resolve) => {
    if (connection.state.getState().phase === phase) return resolve(connection.state.getState())
    const stop = connection.state.subscribe((state) => {
      if (state.phase !== phase) return
      stop()
      resolve(state)
    })
  })
}

describe('the connection to the engine', () => {
  it('sends calls over the open way and refuses them, unsent, while there is none', async () => {
    const host = controlled()
    const connection = createConnection(host.transport)
    await expect(connection.client.system.info()).rejects.toBeInstanceOf(OfflineError)
    connection.start()
    await until(connection, 'online')
    await connection.client.system.info()
    expect(host.calls).toEqual(['system.info'])
    connection.stop()
  })

  it('opens a lost way again, at once when asked', async () => {
    const host = controlled()
    const connection = createConnection(host.transport)
    connection.start()
    await until(connection, 'online')
    host.refuse(true)
    host.drop()
    const lost = await until(connection, 'lost')
    expect(lost).toMatchObject({ attempts: 1 })
    host.refuse(false)
    connection.retryNow()
    await until(connection, 'online')
    expect(host.attempts()).toBe(2)
    connection.stop()
  })

  it('notices that nobody answers on an open way, refuses calls meanwhile, and notices the answer', async () => {
    const host = controlled()
    const connection = createConnection(host.transport, { everyMs: 1, patienceMs: 10 })
    connection.start()
    await until(connection, 'online')
    const goOn = host.hang()
    const silent = await until(connection, 'silent')
    expect(silent).toMatchObject({ since: expect.any(Number) })
    await expect(connection.client.system.status()).rejects.toBeInstanceOf(OfflineError)
    expect(host.calls).not.toContain('system.status')
    goOn()
    await until(connection, 'online')
    expect(host.attempts()).toBe(1)
    connection.stop()
  })

  it('waits longer and longer, and never longer than eight seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map(pauseMs)).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000])
  })

  it('lets a stream that waits for the engine be cancelled', async () => {
    const connection = createConnection(controlled().transport)
    const wanted = new AbortController()
    const waiting = connection.whenOnline(wanted.signal)
    wanted.abort(new Error('no longer wanted'))
    await expect(waiting).rejects.toThrow('no longer wanted')
  })
})

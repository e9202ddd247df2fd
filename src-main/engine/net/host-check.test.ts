import { describe, expect, it } from 'vitest'
import { dataUrlIsAllowed, hostIsAllowed } from './host-check.ts'

describe('hostIsAllowed', () => {
  it('holds a loopback listener to loopback names', () => {
    for (const name of ['127.0.0.1', '127.0.0.1:1', '127.8.8.8', '[::1]:1', 'LOCALHOST:80'])
      expect(hostIsAllowed(name, '127.0.0.1')).toBe(true)
    for (const name of ['example.com', '10.0.0.1', '127.0.0.1.nip.io', '', 'a:b', '::1', undefined])
      expect(hostIsAllowed(name, '::1')).toBe(false)
  })

  it('takes any name on a listener that is meant for others', () => {
    expect(hostIsAllowed('provider.example:8080', '0.0.0.0')).toBe(true)
    expect(hostIsAllowed('not a name', '0.0.0.0')).toBe(false)
  })
})

describe('dataUrlIsAllowed', () => {
  it('lets nobody elsewhere name services of this machine', () => {
    for (const url of ['http://127.0.0.1:5001/x', 'http://localhost/x', 'http://[::1]:80/x']) {
      expect(dataUrlIsAllowed(url, '203.0.113.9')).toBe(false)
      expect(dataUrlIsAllowed(url, '127.0.0.1')).toBe(true)
      expect(dataUrlIsAllowed(url, '::ffff:127.0.0.1')).toBe(true)
    }
    expect(dataUrlIsAllowed('https://data.example/x', '203.0.113.9')).toBe(true)
  })
})

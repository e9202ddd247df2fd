import { describe, expect, it } from 'vitest'
import { isLinkLocal, isPrivate } from './private-addresses.ts'

describe('addresses that not everybody can reach', () => {
  it.each([
    ...['127.0.0.1', '127.8.9.10', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['0.0.0.0', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%lo', 'ff02::1'],
    ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::10.0.0.1', '2002:c0a8:0101::1'],
    ...['localhost', 'a.localhost'],
  ])('%s', (address) => expect(isPrivate(address)).toBe(true))

  it.each([
    ...['1.1.1.1', '11.0.0.1', '172.15.0.1', '172.32.0.1', '192.167.1.1', '169.253.1.1', '203.0.113.1'],
    ...['2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101', '2002:101:101::1'],
    ...['example.com', 'localhost.example.com', '10.example.com'],
  ])('not %s', (address) => expect(isPrivate(address)).toBe(false))

  it('knows those of clouds by every spelling', () => {
    for (const address of ['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', '64:ff9b::169.254.169.254'])
      expect(isLinkLocal(address), address).toBe(true)
    for (const address of ['10.0.0.1', '127.0.0.1', 'fd00:ec2::254', 'metadata.example'])
      expect(isLinkLocal(address), address).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { cidForms, isCid } from './cid-forms.ts'

const V0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'
const V1 = 'bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34'

describe('the forms of a CID', () => {
  it('gives both versions, the hash and addresses', () => {
    const forms = new Map(cidForms(V0, 'http://127.0.0.1:7000/').map(({ label, text }) => [label, text]))
    expect(forms.get('CID as shown')).toBe(V0)
    expect(forms.get('CIDv1, base32')).toBe(V1)
    expect(forms.get('CIDv1, base36')).toMatch(/^k2jmtx/)
    expect(forms.get('Multihash, hex')).toMatch(/^1220[0-9a-f]{64}$/)
    expect(forms.get('Gateway address')).toBe(`http://127.0.0.1:7000/ipfs/${V1}`)
  })

  it('gives CIDv0 only of what has one', () => {
    expect(cidForms(V1).find(({ label }) => label === 'CIDv0')?.text).toBe(V0)
    const raw = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    const forms = new Map(cidForms(raw).map(({ label, text }) => [label, text]))
    expect([forms.has('CIDv0'), forms.get('Multihash, base58')]).toEqual([false, expect.stringMatching(/^Qm/)])
  })

  it('does not repeat itself', () => {
    expect(cidForms(V1).filter(({ text }) => text === V1)).toHaveLength(1)
  })

  it('leaves the key of a foreign shard as it is', () => {
    expect(cidForms('my shard')).toEqual([{ label: 'Text', text: 'my shard' }])
    expect(isCid('my shard')).toBe(false)
    expect(isCid(` ${V1}\n`)).toBe(true)
  })
})

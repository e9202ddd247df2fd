import { base16 } from 'multiformats/bases/base16'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'

/** One way to write a CID, for *Copy as…*. */
export interface CidForm {
  label: string
  text: string
}

/** Every form in which other programs ask for the CID. A text that is no CID has only itself. */
export function cidForms(text: string, gatewayUrl: string | null = null): CidForm[] {
  const cid = parse(text)
  if (cid === null) return [{ label: 'Text', text }]
  const v1 = cid.toV1()
  const forms = [
    { label: 'CID as shown', text },
    { label: 'CIDv1, base32', text: v1.toString() },
    { label: 'CIDv1, base36', text: v1.toString(base36) },
    ...(isV0(cid) ? [{ label: 'CIDv0', text: cid.toV0().toString() }] : []),
    { label: 'Multihash, hex', text: base16.encode(cid.multihash.bytes).slice(1) },
    { label: 'Multihash, base58', text: base58btc.baseEncode(cid.multihash.bytes) },
    { label: 'ipfs:// address', text: `ipfs://${v1.toString()}` },
  ]
  if (gatewayUrl !== null)
    forms.push({ label: 'Gateway address', text: `${gatewayUrl.replace(/\/$/, '')}/ipfs/${v1.toString()}` })
  const seen = new Set<string>()
  return forms.filter((form) => !seen.has(form.text) && seen.add(form.text))
}

/** Whether a pasted text is a CID. */
export function isCid(text: string): boolean {
  return parse(text.trim()) !== null
}

function parse(text: string): CID | null {
  try {
    return CID.parse(text)
  } catch {
    return null
  }
}

const DAG_PB = 0x70
const SHA2_256 = 0x12

/** Whether there is a CIDv0 of the same block: only of dag-pb hashed with sha2-256. */
function isV0({ code, multihash }: CID): boolean {
  return code === DAG_PB && multihash.code === SHA2_256 && multihash.size === 32
}

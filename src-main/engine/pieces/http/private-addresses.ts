import { BlockList, isIP, isIPv6 } from 'node:net'

/** Addresses that not everybody can reach: this machine's own, those of its networks, and those of no host at all. */

const LINK_LOCAL = listOf('169.254.0.0/16', 'fe80::/10')
const PRIVATE = listOf(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/127', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
)
/** Prefixes of IPv6 addresses that stand for the IPv4 address in their last, or next, 32 bits. */
const NAT64 = listOf('64:ff9b::/96')
const SIX_TO_FOUR = listOf('2002::/16')

/** Clouds keep their metadata there. Of a name: false. */
export function isLinkLocal(address: string): boolean {
  return isIn(LINK_LOCAL, address)
}

/** Of a name: whether it means this machine, whatever a server of names says. */
export function isPrivate(address: string): boolean {
  if (isIP(address) === 0) return address === 'localhost' || address.endsWith('.localhost')
  return isIn(PRIVATE, address)
}

/** An address of IPv6 that stands for one of IPv4 is looked at as that, too. */
function isIn(list: BlockList, address: string): boolean {
  if (isIP(address) === 0) return false
  if (!isIPv6(address)) return list.check(address, 'ipv4')
  return list.check(address, 'ipv6') || embeddedIn(address).some((inner) => list.check(inner, 'ipv4'))
}

function embeddedIn(address: string): string[] {
  const groups = groupsOf(address)
  if (NAT64.check(address, 'ipv6')) return [dotted(groups[6], groups[7])]
  if (SIX_TO_FOUR.check(address, 'ipv6')) return [dotted(groups[1], groups[2])]
  return []
}

/** The eight numbers of an IPv6 address, as URL writes it: always in hex, with the longest run of zeros left out. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  if (tail === undefined) return numbers(head)
  const [first, last] = [numbers(head), numbers(tail)]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function listOf(...ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return list
}

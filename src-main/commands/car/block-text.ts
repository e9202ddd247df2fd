import type { CID } from 'multiformats/cid'

const MOST_LINKS = 3

/** What `car list -v` says of a block: codec and CID, and for dag-pb its links and UnixFS type. */
export async function blockText(cid: CID, bytes: Uint8Array): Promise<string> {
  const { blockCodecName, blockLinks, decodeUnixfs } = await import('../../engine/index.ts')
  const lines = [`${blockCodecName(cid.code)}: ${cid}`]
  if (blockCodecName(cid.code) !== 'dag-pb') return lines.join('\n')
  try {
    const links = blockLinks(cid, bytes)
    const node = decodeUnixfs(cid, bytes)
    lines.push(`\t${links.length} links. ${bytes.length} bytes`)
    for (const link of links.slice(0, MOST_LINKS))
      lines.push(`\t\t${link.name || '<no name>'}[${humanSize(link.sizeBytes ?? 0)}] ${link.cid}`)
    if (links.length > MOST_LINKS) lines.push(`\t\t(${links.length} total)`)
    lines.push(`\tUnixfs ${UNIXFS_NAMES[node.type]}`)
  } catch (error) {
    lines.push(`\tnot interpretable as unixfs: ${error instanceof Error ? error.message : String(error)}`)
  }
  return lines.join('\n')
}

const UNIXFS_NAMES = { file: 'File', directory: 'Directory', shard: 'HAMTShard', symlink: 'Symlink' }

/** Decimal units, as go-car's list prints them: `1.5 kB`. */
function humanSize(sizeBytes: number): string {
  if (sizeBytes < 10) return `${sizeBytes} B`
  const power = Math.min(6, Math.floor(Math.log10(sizeBytes) / 3))
  const value = sizeBytes / 1000 ** power
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'][power]}`
}

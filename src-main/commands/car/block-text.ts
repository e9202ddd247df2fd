import type { BlockDescription } from '../../engine/index.ts'

const MOST_LINKS = 3

/** What `car list -v` says of a block, as go-car: codec and CID, and for dag-pb its links, data and UnixFS type. */
export function blockText(cid: string, { codec, dagPb, problem }: BlockDescription): string {
  const lines = [`${codec}: ${cid}`]
  if (dagPb !== undefined) {
    const { links, dataBytes, unixfs } = dagPb
    lines.push(`\t${links.length} links. ${dataBytes} bytes`)
    for (const link of links.slice(0, MOST_LINKS))
      lines.push(`\t\t${link.name ?? '<no name>'}[${humanSize(link.sizeBytes)}] ${link.cid}`)
    if (links.length > MOST_LINKS) lines.push(`\t\t(${links.length} total)`)
    lines.push(unixfs === null ? `\tnot interpretable as unixfs: ${problem}` : `\tUnixfs ${unixfs}`)
  } else if (problem !== undefined) lines.push(`\tnot interpretable as dag-pb: ${problem}`)
  return lines.join('\n')
}

/** Decimal units, as go-car's list prints them: `1.5 kB`. */
function humanSize(sizeBytes: number): string {
  if (sizeBytes < 10) return `${sizeBytes} B`
  const power = Math.min(6, Math.floor(Math.log10(sizeBytes) / 3))
  const value = Math.floor((sizeBytes / 1000 ** power) * 10 + 0.5) / 10
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'][power]}`
}

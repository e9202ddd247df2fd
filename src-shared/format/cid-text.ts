/** Shortens a CID in the middle and keeps the tail, which is what tells two CIDs apart: `bafybei…q4m2x7`. */
export function shortCid(cid: string, head = 7, tail = 6): string {
  return cid.length <= head + tail + 1 ? cid : `${cid.slice(0, head)}…${cid.slice(-tail)}`
}

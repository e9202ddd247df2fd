/**
 * An error without what differs from one object to the next: CIDs, paths, addresses, numbers. Errors with the same
 * words have the same cause, as far as words can tell.
 */
export function generalWords(error: string): string {
  return error
    .replace(/\b(baga|bafy|bafk|Qm)[A-Za-z0-9]{10,}/g, '…')
    .replace(/\b[a-z]+:\/\/\S+/gi, '…')
    .replace(/(^|[\s"'(])\/[^\s"':,]+/g, '$1…')
    .replace(/\b[0-9a-f]{16,}\b/gi, '…')
    .replace(/\b\d[\d,.]*\b/g, '…')
    .replace(/(…[\s:,]*)+/g, '… ')
    .trim()
}

import { formatBytes, formatDuration } from '../../src-shared/format/index.ts'

/** How values of the contract are shown to people, the same in all tables. */
export const sizeText = (sizeBytes: number | null): string => (sizeBytes === null ? '–' : formatBytes(sizeBytes))

/** `3 h 5 min` since an RFC 3339 time. */
export function ageText(at: string): string {
  const [largest, unit] = formatDuration((Date.now() - Date.parse(at)) / 1000).split(' ')
  return `${largest} ${unit}`
}

/** `3000000  (2.9 MiB)`: for people who copy the number. */
export function exactSizeText(bytes: number): string {
  return `${bytes}  (${sizeText(bytes)})`
}

/** Headers of an answer that is named by its content and so never changes. 29030400 s is what the field uses. */
export const IMMUTABLE = {
  'Cache-Control': 'public, max-age=29030400, immutable',
  'X-Content-Type-Options': 'nosniff',
} as const

import { z } from 'zod'

/** Values as Go's types encode them. */

/** cid.Cid: `{"/": "bafy…"}`. */
export const cidLink = z.object({ '/': z.string().min(1).max(512) })

export const link = (cid: string): z.output<typeof cidLink> => ({ '/': cid })

/** uint64. A bigint beyond 2^53. */
export const uint64 = z.custom<number | bigint>(
  (value) => (typeof value === 'bigint' || Number.isSafeInteger(value)) && (value as number | bigint) >= 0,
  'must be a whole number',
)

/** A decimal id as a uint64. */
export function idNumber(id: string): number | bigint {
  const value = BigInt(id)
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** The result of a Go method that returns only an error. */
export const nothing = { name: 'nothing', schema: z.null() }

/** api.FileRef. */
export const fileRef = z.object({ Path: z.string().min(1).max(4096), IsCAR: z.boolean().default(false) })

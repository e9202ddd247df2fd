import { isInteger, isSafeNumber, parse, stringify } from 'lossless-json'

/** JSON as Go reads and writes it: integers of 64 bits are whole. Beyond 2^53 they are bigints here. */
export function parseRpcJson(text: string): unknown {
  return parse(text, null, (digits) => (isSafeNumber(digits) || !isInteger(digits) ? Number(digits) : BigInt(digits)))
}

export function formatRpcJson(value: unknown): string {
  return stringify(value) ?? 'null'
}

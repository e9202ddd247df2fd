import { decode } from '@ipld/dag-json'
import { EngineError } from '../base/index.ts'

/**
 * The path that a data selector of Lotus means: a path itself ("Links/0/Hash", "photos/may.jpg"), or a selector in DAG-JSON
 * that walks a path and selects everything below it. Gateways give DAGs below paths; what else selectors can say is
 * UNSUPPORTED. INVALID_ARGUMENT for what is neither. null stays null: everything.
 */
export function pathOfSelector(text: string | null): string | null {
  if (text === null) return null
  const path = text.trimStart().startsWith('{') ? segmentsOf(parse(text)) : text.split('/')
  const segments = path.filter((segment) => segment !== '')
  if (segments.length === 0)
    throw new EngineError('INVALID_ARGUMENT', 'The selector selects everything: leave it out to retrieve the whole.')
  return segments.join('/')
}

/** Selectors by the keys of their DAG-JSON form (the IPLD specification of selectors). */
function segmentsOf(selector: unknown): string[] {
  const segments: string[] = []
  let at = selector
  while (!isAllBelow(at)) {
    const step = stepOf(at)
    if (step === null) throw unsupported()
    if (step.segment !== null) segments.push(step.segment)
    at = step.next
  }
  return segments
}

/** ExploreFields with one field, ExploreIndex, or ExploreInterpretAs; null for others. */
function stepOf(selector: unknown): { segment: string | null; next: unknown } | null {
  const fields = mapOf(mapOf(mapOf(selector)?.f)?.['f>'])
  if (fields !== null) {
    const [[segment, next] = ['', null], ...others] = Object.entries(fields)
    return others.length > 0 || segment === '' || segment.includes('/') ? null : { segment, next }
  }
  const index = mapOf(mapOf(selector)?.i)
  if (index !== null) return Number.isInteger(index.i) ? { segment: String(index.i), next: index['>'] } : null
  const as = mapOf(mapOf(selector)?.['~'])
  return as === null || as.as !== 'unixfs' ? null : { segment: null, next: as['>'] }
}

/** ExploreRecursive without a limit over ExploreAll: everything below, however it spells that the nodes match. */
function isAllBelow(selector: unknown): boolean {
  const recursion = mapOf(mapOf(selector)?.R)
  if (recursion === null || mapOf(mapOf(recursion.l)?.none) === null) return false
  const members = Array.isArray(mapOf(recursion[':>'])?.['|'])
    ? (mapOf(recursion[':>'])?.['|'] as unknown[])
    : [recursion[':>']]
  const isMatcher = (member: unknown) => mapOf(mapOf(member)?.['.']) !== null
  const isAll = (member: unknown) => mapOf(mapOf(mapOf(mapOf(member)?.a)?.['>'])?.['@']) !== null
  return members.some(isAll) && members.every((member) => isAll(member) || isMatcher(member))
}

function parse(text: string): unknown {
  try {
    return decode(Buffer.from(text))
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', 'The selector begins as JSON and is not JSON.', { cause })
  }
}

function mapOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

function unsupported(): EngineError {
  return new EngineError(
    'UNSUPPORTED',
    'This selector cannot be retrieved over HTTP: only one that follows a path and takes everything below it can. Write the path instead, such as Links/0/Hash.',
  )
}

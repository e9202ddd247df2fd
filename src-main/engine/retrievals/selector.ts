import { EngineError } from '../base/index.ts'
import { parseSelector, type Selector } from '../selector/index.ts'

/**
 * The part of a DAG that a data selector of Lotus means, as it is remembered: a path ("Links/0/Hash", "photos/may.jpg"),
 * whether it was written as one or as a selector that follows a path and takes everything below it; or else the selector
 * as JSON. null for everything. INVALID_ARGUMENT for what is neither.
 */
export function partOf(text: string | null): string | null {
  if (text === null) return null
  if (!isJson(text)) return pathOf(text)
  parseSelector(text)
  const segments = segmentsOf(JSON.parse(text))
  if (segments === null || segments[0]?.startsWith('{') === true) return text.trim()
  return segments.length === 0 ? null : segments.join('/')
}

/** The selector of a part that is no path; null for paths, and for everything. */
export function selectorOf(part: string | null): Selector | null {
  return part !== null && isJson(part) ? parseSelector(part) : null
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith('{')
}

function pathOf(text: string): string {
  const path = text.split('/').filter((segment) => segment !== '')
  if (path.length === 0)
    throw new EngineError('INVALID_ARGUMENT', 'The selector selects everything: leave it out to retrieve the whole.')
  return path.join('/')
}

/** The path of a selector that takes everything below it; null for other selectors. By the keys of their JSON form. */
function segmentsOf(selector: unknown): string[] | null {
  const segments: string[] = []
  let at = selector
  while (!isAllBelow(at)) {
    const step = stepOf(at)
    if (step === null) return null
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
  if (index !== null) return { segment: String(index.i), next: index['>'] }
  const as = mapOf(mapOf(selector)?.['~'])
  return as === null ? null : { segment: null, next: as['>'] }
}

/** ExploreRecursive without a limit over ExploreAll: everything below, however it spells that the nodes match. */
function isAllBelow(selector: unknown): boolean {
  const recursion = mapOf(mapOf(selector)?.R)
  if (recursion === null || mapOf(mapOf(recursion.l)?.none) === null || recursion['!'] !== undefined) return false
  const members = Array.isArray(mapOf(recursion[':>'])?.['|'])
    ? (mapOf(recursion[':>'])?.['|'] as unknown[])
    : [recursion[':>']]
  const isMatcher = (member: unknown) => mapOf(mapOf(member)?.['.']) !== null
  const isAll = (member: unknown) => mapOf(mapOf(mapOf(mapOf(member)?.a)?.['>'])?.['@']) !== null
  return members.some(isAll) && members.every((member) => isAll(member) || isMatcher(member))
}

function mapOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

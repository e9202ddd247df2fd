import type { CID } from 'multiformats/cid'

/**
 * What an IPLD selector (ipld.io/specs/selectors) says at one node: which children are of interest, and what holds below
 * each. Selectors are values: a step down gives another one.
 */
export type Selector =
  | { kind: 'match'; subset: ByteRange | null }
  | { kind: 'all'; next: Selector }
  | { kind: 'fields'; fields: ReadonlyMap<string, Selector> }
  | { kind: 'range'; start: number; end: number; next: Selector }
  | { kind: 'union'; members: readonly Selector[] }
  | { kind: 'recursive'; sequence: Selector; current: Selector; depth: number | null; stopAt: CID | null }
  | { kind: 'edge' }
  | { kind: 'interpret'; as: string; next: Selector }

/** Of the bytes of what matches; negative numbers count from the end. */
export interface ByteRange {
  from: number
  to: number
}

/** Names of the children wanted; null for all of them. `length` is that of a list, null for anything else. */
export function interestsOf(selector: Selector, length: number | null): readonly string[] | null {
  switch (selector.kind) {
    case 'all':
      return null
    case 'fields':
      return [...selector.fields.keys()]
    case 'range':
      return length === null ? [] : numbers(Math.max(0, selector.start), Math.min(selector.end, length))
    case 'union': {
      const members = selector.members.map((member) => interestsOf(member, length))
      return members.some((names) => names === null) ? null : [...new Set(members.flatMap((names) => names ?? []))]
    }
    case 'recursive':
      return interestsOf(selector.current, length)
    case 'interpret':
      return interestsOf(selector.next, length)
    default:
      return []
  }
}

/** What holds for a child; null when it is not to be looked at. */
export function stepInto(selector: Selector, name: string, child: CID | null, isList: boolean): Selector | null {
  switch (selector.kind) {
    case 'all':
    case 'interpret':
      return selector.next
    case 'fields':
      return selector.fields.get(name) ?? null
    case 'range':
      return isList && Number(name) >= selector.start && Number(name) < selector.end ? selector.next : null
    case 'union':
      return unionOf(selector.members.map((member) => stepInto(member, name, child, isList)))
    case 'recursive':
      return stepRecursive(selector, name, child, isList)
    default:
      return null
  }
}

/** Whether a node matches, and which of its bytes are meant: of the first clause that says so. */
export function* matchesOf(selector: Selector): Generator<ByteRange | null, void, void> {
  if (selector.kind === 'match') yield selector.subset
  else if (selector.kind === 'recursive') yield* matchesOf(selector.current)
  else if (selector.kind === 'union') for (const member of selector.members) yield* matchesOf(member)
}

const texts = new WeakMap<Selector, string>()

/** The same text for the same selector, whatever way led to it. */
export function textOf(selector: Selector): string {
  const known = texts.get(selector)
  if (known !== undefined) return known
  const text = JSON.stringify(selector, (_, value) =>
    value instanceof Map ? [...value].map(([name, below]) => [name, textOf(below)]) : value,
  )
  texts.set(selector, text)
  return text
}

type Recursive = Extract<Selector, { kind: 'recursive' }>

function stepRecursive(selector: Recursive, name: string, child: CID | null, isList: boolean): Selector | null {
  const { sequence, current, depth, stopAt } = selector
  if (stopAt !== null && child?.equals(stopAt) === true) return null
  if (current.kind === 'edge') return null
  const next = stepInto(current, name, child, isList)
  if (next === null) return null
  if (!hasEdge(next)) return { ...selector, current: next }
  if (depth !== null && depth < 2) return withEdge(next, null)
  const again = withEdge(next, sequence)
  return again === null ? null : { ...selector, current: again, depth: depth === null ? null : depth - 1 }
}

function hasEdge(selector: Selector): boolean {
  return selector.kind === 'edge' || (selector.kind === 'union' && selector.members.some(hasEdge))
}

function withEdge(selector: Selector, replacement: Selector | null): Selector | null {
  if (selector.kind === 'edge') return replacement
  if (selector.kind !== 'union') return selector
  return unionOf(selector.members.map((member) => withEdge(member, replacement)))
}

function unionOf(members: Array<Selector | null>): Selector | null {
  const present = members.filter((member) => member !== null)
  return present.length > 1 ? { kind: 'union', members: present } : (present[0] ?? null)
}

function numbers(start: number, end: number): string[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, at) => String(start + at))
}

import { CID } from 'multiformats/cid'
import { EngineError } from '../base/index.ts'
import type { ByteRange, Selector } from './selector.ts'

/** Far more than anybody writes, and far less than the stack takes. */
const MAX_DEPTH = 200

/**
 * A selector in its JSON form, `{"R":{"l":{"none":{}},":>":{"a":{">":{"@":{}}}}}}`. Every clause that go-ipld-prime has:
 * `.` (with `subset`), `a`, `f`, `i`, `r`, `|`, `R` with `@` and `!`, and `~`, which takes nodes for `unixfs`.
 * INVALID_ARGUMENT says what is wrong, in go-car's words as well.
 */
export function parseSelector(text: string): Selector {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', 'The selector is not JSON.', { cause })
  }
  return parse(value, { depth: 0, recursive: null })
}

interface Place {
  depth: number
  /** The innermost `R` around, which an edge goes back to. */
  recursive: { edges: number } | null
}

function parse(value: unknown, place: Place): Selector {
  if (place.depth > MAX_DEPTH) throw rejected(`it is nested more than ${MAX_DEPTH} deep`)
  const [key, body] = onlyEntry(value, 'selector')
  const inside = { ...place, depth: place.depth + 1 }
  if (key === '|') {
    if (!Array.isArray(body)) throw rejected('explore union selector must be a list')
    return { kind: 'union', members: body.map((member) => parse(member, inside)) }
  }
  const parser = CLAUSES[key]
  if (parser === undefined) throw rejected(`"${key}" is not a known member of the selector union`)
  return parser(mapOf(body, 'selector body must be a map'), inside)
}

const CLAUSES: Record<string, (body: Fields, place: Place) => Selector> = {
  '.': (body) => ({ kind: 'match', subset: body.subset === undefined ? null : subsetOf(body.subset) }),
  a: (body, place) => ({ kind: 'all', next: nextOf(body, 'ExploreAll', place) }),
  f: (body, place) => {
    if (body['f>'] === undefined) throw rejected('fields in ExploreFields selector must be present')
    const fields = Object.entries(mapOf(body['f>'], 'fields in ExploreFields selector must be a map'))
    return { kind: 'fields', fields: new Map(fields.map(([name, next]) => [name, parse(next, place)])) }
  },
  i: (body, place) => {
    const start = numberOf(body, 'i', 'index field must be a number in ExploreIndex selector')
    return { kind: 'range', start, end: start + 1, next: nextOf(body, 'ExploreIndex', place) }
  },
  r: (body, place) => {
    const start = numberOf(body, '^', 'start field must be a number in ExploreRange selector')
    const end = numberOf(body, '$', 'end field must be a number in ExploreRange selector')
    if (start >= end) throw rejected('end field must be greater than start field in ExploreRange selector')
    return { kind: 'range', start, end, next: nextOf(body, 'ExploreRange', place) }
  },
  R: parseRecursive,
  '@': (_, { recursive }) => {
    if (recursive === null) throw rejected('ExploreRecursiveEdge must be beneath ExploreRecursive')
    recursive.edges++
    return { kind: 'edge' }
  },
  '~': (body, place) => {
    if (typeof body.as !== 'string') throw rejected("the 'as' field must be present in ExploreInterpretAs clause")
    if (body.as !== 'unixfs') throw rejected(`unregistered adl requested: "${body.as}"`)
    return { kind: 'interpret', as: body.as, next: nextOf(body, 'ExploreInterpretAs', place) }
  },
}

function parseRecursive(body: Fields, place: Place): Selector {
  const [mode, limit] = onlyEntry(body.l, 'limit in ExploreRecursive')
  if (mode !== 'none' && mode !== 'depth')
    throw rejected(`"${mode}" is not a known member of the limit union in ExploreRecursive`)
  if (mode === 'depth' && !Number.isSafeInteger(limit))
    throw rejected('limit field of type depth must be a number in ExploreRecursive selector')
  if (body[':>'] === undefined) throw rejected('sequence field must be present in ExploreRecursive selector')
  const recursive = { edges: 0 }
  const sequence = parse(body[':>'], { ...place, recursive })
  if (recursive.edges === 0) throw rejected('ExploreRecursive must have at least one ExploreRecursiveEdge')
  const depth = mode === 'depth' ? (limit as number) : null
  const stopAt = body['!'] === undefined ? null : conditionOf(body['!'])
  return { kind: 'recursive', sequence, current: sequence, depth, stopAt }
}

/** `{"/": LINK}`, the link itself being `{"/": "bafy…"}`. */
function conditionOf(value: unknown): CID {
  const [key, link] = onlyEntry(value, 'condition')
  if (key !== '/') throw rejected(`"${key}" is not a known member of the condition union`)
  const [, text] = onlyEntry(link, 'condition_link')
  try {
    return CID.parse(String(text))
  } catch (cause) {
    throw rejected('condition_link must be a link', cause)
  }
}

function subsetOf(value: unknown): ByteRange {
  const fields = mapOf(value, 'subset body must be a map')
  const from = numberOf(fields, '[', "selector body must be a map with a 'from' key that is a number")
  const to = numberOf(fields, ']', "selector body must be a map with a 'to' key that is a number")
  if (to >= 0 && from > to)
    throw rejected("selector body must be a map with a 'from' key that is less than or equal to the 'to' key")
  return { from, to }
}

function nextOf(body: Fields, clause: string, place: Place): Selector {
  if (body['>'] === undefined) throw rejected(`next field must be present in ${clause} selector`)
  return parse(body['>'], place)
}

type Fields = Record<string, unknown>

function mapOf(value: unknown, orElse: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw rejected(orElse)
  return value as Fields
}

function onlyEntry(value: unknown, what: string): [key: string, value: unknown] {
  const entries = Object.entries(mapOf(value, `${what} is a keyed union and thus must be a map`))
  const [entry] = entries
  if (entry === undefined || entries.length > 1)
    throw rejected(`${what} is a keyed union and thus must be single-entry map`)
  return entry
}

function numberOf(fields: Fields, key: string, orElse: string): number {
  const value = fields[key]
  if (!Number.isSafeInteger(value)) throw rejected(orElse)
  return value as number
}

function rejected(why: string, cause?: unknown): EngineError {
  return new EngineError('INVALID_ARGUMENT', `The selector cannot be used: ${why}.`, {
    cause,
    details: { goCar: `selector spec parse rejected: ${why}` },
  })
}

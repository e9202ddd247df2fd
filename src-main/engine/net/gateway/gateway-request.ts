import { CID } from 'multiformats/cid'
import { type Exchange, HttpProblem } from '../http-listener.ts'

/** What a trustless gateway request asks for (trustless gateway specification, IPIP-402, 412 and 523). */
export interface GatewayRequest {
  root: CID
  /** Decoded segments below the root. */
  path: string[]
  /** `/ipfs/<cid>[/path]`, as asked. */
  contentPath: string
  format: 'raw' | 'car'
  scope: DagScope
  /** Only with scope entity; ignored where the entity is not a file. */
  entityBytes: EntityBytes | null
  /** Send a block again each time that the walk comes to it. */
  dups: boolean
  /** Answer 412 rather than look elsewhere. */
  onlyIfCached: boolean
  filename: string | null
}

export type DagScope = 'block' | 'entity' | 'all'

/** Inclusive; negative counts from the end; `to` null: to the end. */
export interface EntityBytes {
  from: number
  to: number | null
}

const CAR_TYPE = 'application/vnd.ipld.car'
const RAW_TYPE = 'application/vnd.ipld.raw'
const MAX_PATH_SEGMENTS = 128

/** Reads and checks a request. HttpProblem 400 or 406 says what is wrong. */
export function parseGatewayRequest({ path, query, request }: Exchange): GatewayRequest {
  const [cidText = '', ...segments] = path.slice('/ipfs/'.length).split('/')
  const accepted = acceptedTypes(request.headers.accept)
  const format = formatOf(query, accepted)
  const carParams = accepted.find(({ type }) => type === CAR_TYPE)?.params ?? new Map<string, string>()
  const parameter = (name: string) => query.get(`car-${name}`) ?? carParams.get(name) ?? null
  if (format === 'car') checkCarParameters(parameter)
  const entityBytes = parseEntityBytes(query.get('entity-bytes'))
  return {
    root: parseRoot(cidText),
    path: decodeSegments(segments),
    contentPath: path.replace(/\/+$/, ''),
    format,
    scope: parseScope(query.get('dag-scope'), entityBytes),
    entityBytes,
    dups: format === 'car' && parameter('dups') === 'y',
    onlyIfCached: /\bonly-if-cached\b/i.test(request.headers['cache-control'] ?? ''),
    filename: query.get('filename'),
  }
}

interface AcceptedType {
  type: string
  params: Map<string, string>
}

/** The format parameter wins over Accept (IPIP-523); `*\/*` says nothing, and nothing is not enough. */
function formatOf(query: URLSearchParams, accepted: AcceptedType[]): 'raw' | 'car' {
  const asked = query.get('format')
  if (asked === 'raw' || asked === 'car') return asked
  if (asked !== null) throw new HttpProblem(400, `The format ${asked} is not served here: ask for raw or car.`)
  const known = accepted.find(({ type }) => type === CAR_TYPE || type === RAW_TYPE)
  if (known !== undefined) return known.type === CAR_TYPE ? 'car' : 'raw'
  const open = accepted.length === 0 || accepted.some(({ type }) => type === '*/*' || type === 'application/*')
  throw new HttpProblem(
    open ? 400 : 406,
    `Say what you want: ?format=raw or ?format=car, or Accept: ${RAW_TYPE} or ${CAR_TYPE}.`,
  )
}

function acceptedTypes(header: string | undefined): AcceptedType[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.split(';').map((piece) => piece.trim()))
    .filter(([type]) => type !== undefined && type !== '')
    .map(([type = '', ...params]) => ({
      type: type.toLowerCase(),
      params: new Map(params.map((param) => pair(param.toLowerCase()))),
    }))
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0
    ? [text, '']
    : [
        text.slice(0, at).trim(),
        text
          .slice(at + 1)
          .trim()
          .replaceAll('"', ''),
      ]
}

function checkCarParameters(parameter: (name: string) => string | null): void {
  const allowed: Record<string, string[]> = { version: ['1'], order: ['dfs', 'unk'], dups: ['y', 'n'] }
  for (const [name, values] of Object.entries(allowed)) {
    const value = parameter(name)
    if (value !== null && !values.includes(value))
      throw new HttpProblem(400, `A CAR with ${name}=${value} is not served here: ${values.join(' or ')} is.`)
  }
}

function parseScope(text: string | null, entityBytes: EntityBytes | null): DagScope {
  if (text === null) return entityBytes === null ? 'all' : 'entity'
  if (text === 'block' || text === 'entity' || text === 'all') return text
  throw new HttpProblem(400, `dag-scope=${text} is not known: block, entity or all is.`)
}

function parseEntityBytes(text: string | null): EntityBytes | null {
  if (text === null) return null
  const match = /^(-?\d{1,15}):(\*|-?\d{1,15})$/.exec(text)
  if (match === null) throw new HttpProblem(400, `entity-bytes=${text} is not from:to, such as 0:1023, 512:* or -5:*.`)
  const from = Number(match[1])
  const to = match[2] === '*' ? null : Number(match[2])
  const reversed = to !== null && Math.sign(from) >= 0 === Math.sign(to) >= 0 && from > to
  if (reversed) throw new HttpProblem(400, `entity-bytes=${text} ends before it starts.`)
  return { from, to }
}

function parseRoot(text: string): CID {
  try {
    return CID.parse(text)
  } catch {
    throw new HttpProblem(400, `${text === '' ? 'Nothing' : text.slice(0, 128)} is not a CID.`)
  }
}

function decodeSegments(segments: string[]): string[] {
  const kept = segments.filter((segment) => segment !== '')
  if (kept.length > MAX_PATH_SEGMENTS) throw new HttpProblem(400, 'The path is too deep.')
  try {
    return kept.map(decodeURIComponent)
  } catch {
    throw new HttpProblem(400, 'The path is not percent-encoded correctly.')
  }
}

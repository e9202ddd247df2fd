import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import type { Tone } from '../../components/index.ts'

/** One thing that was looked at. */
export interface Evidence {
  id: string
  tone: Tone
  what: string
  finding: string
}

/** What was checked and what came out, in the order in which a CAR is read. */
export function evidenceOf(verdict: CarVerdict): Evidence[] {
  const { version, roots, missingRoots, blockCount, payloadBytes, problems, dagComplete } = verdict
  if (version === null) return nothingRead()
  const has = (code: string) => problems.some((problem) => problem.code === code)
  const badBlocks = problems.filter(({ code }) => code === 'BLOCK_MISMATCH').length
  const isUnfinished = has('CAR_UNFINALIZED')
  const isCut = has('CAR_TRUNCATED')
  const evidence: Evidence[] = [
    {
      id: 'header',
      tone: isUnfinished ? 'attention' : 'ok',
      what: 'Header',
      finding: `CAR version ${version}, ${countOf(roots.length, 'root')}${isUnfinished ? '; never finished' : ''}`,
    },
    {
      id: 'roots',
      tone: missingRoots.length > 0 ? 'failed' : roots.length === 0 ? 'attention' : 'ok',
      what: 'Roots',
      finding:
        missingRoots.length > 0
          ? `${missingRoots.length} of ${countOf(roots.length, 'root')} ${missingRoots.length === 1 ? 'is' : 'are'} not in the file`
          : roots.length === 0
            ? 'The header names none'
            : 'All in the file',
    },
    {
      id: 'blocks',
      tone: badBlocks > 0 ? 'failed' : isCut ? 'attention' : 'ok',
      what: 'Blocks',
      finding:
        badBlocks > 0
          ? `${badBlocks.toLocaleString('en')} of ${countOf(blockCount, 'block')} ${badBlocks === 1 ? 'does not match its hash' : 'do not match their hashes'}`
          : `${countOf(blockCount, 'block')}, ${formatBytes(payloadBytes)}, every hash matches${isCut ? '; then the file is cut' : ''}`,
    },
  ]
  if (dagComplete !== null)
    evidence.push({
      id: 'dag',
      tone: dagComplete ? 'ok' : 'attention',
      what: 'Completeness',
      finding: dagFinding(verdict),
    })
  evidence.push(indexEvidence(verdict), paddingEvidence(verdict))
  return evidence
}

/** Nothing was looked at behind a header that cannot be read. */
function nothingRead(): Evidence[] {
  const skipped = ['Roots', 'Blocks', 'Index', 'Padding'].map(
    (what): Evidence => ({ id: what.toLowerCase(), tone: 'idle', what, finding: 'Not looked at' }),
  )
  return [{ id: 'header', tone: 'failed', what: 'Header', finding: 'Cannot be read' }, ...skipped]
}

function dagFinding({ dagComplete, missingRoots, missingBlocks }: CarVerdict): string {
  if (dagComplete === true) return 'Everything below the roots is in the file'
  if (missingBlocks.length === 0)
    return `What is below the missing ${missingRoots.length === 1 ? 'root' : 'roots'} cannot be known`
  return `${countOf(missingBlocks.length, 'block')} below the roots ${missingBlocks.length === 1 ? 'is' : 'are'} not in the file`
}

function indexEvidence({ index, version }: CarVerdict): Evidence {
  const findings: Record<CarVerdict['index'], [Tone, string]> = {
    ok: ['ok', 'Agrees with the blocks'],
    absent: ['idle', version === 1 ? 'None; version 1 has no index' : 'None'],
    wrong: ['failed', 'Does not agree with the blocks'],
    unreadable: ['failed', 'Cannot be read'],
  }
  const [tone, finding] = findings[index]
  return { id: 'index', tone, what: 'Index', finding }
}

function paddingEvidence({ trailingZeroBytes }: CarVerdict): Evidence {
  return {
    id: 'padding',
    tone: trailingZeroBytes > 0 ? 'idle' : 'ok',
    what: 'Padding',
    finding:
      trailingZeroBytes > 0
        ? `${formatBytes(trailingZeroBytes)} of zeros after the last block, as pieces have`
        : 'None after the last block',
  }
}

const REPAIRS: Record<CarVerdict['repairs'][number], string> = {
  truncate: 'cut off what is damaged at the end',
  'rebuild-index': 'build the index again',
  finalize: 'finish the header that was never written',
}

const DONE: Record<string, string> = {
  truncate: 'what was damaged at the end is cut off',
  'rebuild-index': 'the index is built again',
  finalize: 'the header is finished',
}

/** What a repair did, by the names of its actions. */
export function repairedWords(actions: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(actions.map((action) => DONE[action] ?? action))
}

export function repairWords(repairs: CarVerdict['repairs']): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(repairs.map((repair) => REPAIRS[repair]))
}

/** First sentence, and the rest. */
export function splitVerdict(verdict: string): [first: string, rest: string] {
  const end = /[.!?](?=\s|$)/.exec(verdict)
  if (end === null) return [verdict, '']
  return [verdict.slice(0, end.index + 1), verdict.slice(end.index + 1).trim()]
}

/** Everything as plain text, to be sent to somebody. */
export function reportOf(verdict: CarVerdict): string {
  const lines = [
    verdict.verdict,
    '',
    `File: ${verdict.path}`,
    `Size: ${verdict.fileBytes.toLocaleString('en')} bytes`,
    ...evidenceOf(verdict).map(({ what, finding }) => `${what}: ${finding}`),
    ...verdict.roots.map((root) => `Root: ${root}`),
    ...(verdict.pieceCid === null ? [] : [`Piece CID: ${verdict.pieceCid}`]),
    ...(verdict.pieceCidV2 === null ? [] : [`Piece CID v2: ${verdict.pieceCidV2}`]),
    `Payload: ${verdict.payloadBytes.toLocaleString('en')} bytes`,
    ...(verdict.pieceSize === null ? [] : [`Padded piece size: ${verdict.pieceSize.toLocaleString('en')} bytes`]),
    ...verdict.problems.map(
      ({ code, message, offset }) => `Problem: ${message} (${code}${offset === null ? '' : `, at byte ${offset}`})`,
    ),
    ...verdict.missingBlocks.map((cid) => `Missing block: ${cid}`),
  ]
  return `${lines.join('\n')}\n`
}

function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

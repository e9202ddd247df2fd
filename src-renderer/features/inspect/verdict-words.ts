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
  const { version, roots, missingRoots, blockCount, payloadBytes, problems, dagComplete, missingBlocks } = verdict
  const badBlocks = problems.filter(({ code }) => code === 'BLOCK_MISMATCH').length
  const evidence: Evidence[] = [
    {
      id: 'header',
      tone: version === null ? 'failed' : 'ok',
      what: 'Header',
      finding: version === null ? 'Cannot be read' : `CAR version ${version}, ${countOf(roots.length, 'root')}`,
    },
    {
      id: 'roots',
      tone: missingRoots.length > 0 ? 'failed' : roots.length === 0 ? 'attention' : 'ok',
      what: 'Roots',
      finding:
        missingRoots.length > 0
          ? `${countOf(missingRoots.length, 'root')} of ${roots.length} not in the file`
          : roots.length === 0
            ? 'The header names none'
            : 'All in the file',
    },
    {
      id: 'blocks',
      tone: badBlocks > 0 ? 'failed' : 'ok',
      what: 'Blocks',
      finding:
        badBlocks > 0
          ? `${countOf(badBlocks, 'block')} of ${blockCount.toLocaleString('en')} do not match their hash`
          : `${countOf(blockCount, 'block')}, ${formatBytes(payloadBytes)}, every hash matches`,
    },
  ]
  if (dagComplete !== null)
    evidence.push({
      id: 'dag',
      tone: dagComplete ? 'ok' : 'attention',
      what: 'Completeness',
      finding: dagComplete
        ? 'Everything below the roots is in the file'
        : `${countOf(missingBlocks.length, 'block')} below the roots ${missingBlocks.length === 1 ? 'is' : 'are'} not in the file`,
    })
  evidence.push(indexEvidence(verdict), paddingEvidence(verdict))
  return evidence
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

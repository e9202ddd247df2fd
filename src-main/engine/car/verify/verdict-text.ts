import type { CarVerification } from './car-verification.ts'

export interface VerdictCounts {
  problemCount: number
  missingCount: number
  /** Sections that say where a leaf lies instead of holding it. */
  references: number
  /** Blocks whose links could not be read. */
  opaque: number
}

/** The verdict in words: first whether the CAR is good, then what was found, then what to do. */
export function verdictText(
  ok: boolean,
  facts: Omit<CarVerification, 'ok' | 'verdict'>,
  counts: VerdictCounts,
): string {
  const sentences = [ok ? goodSentence(facts, counts) : badSentence(facts, counts)]
  if (ok) {
    const dag = dagSentence(facts, counts)
    if (dag !== null) sentences.push(dag)
    if (counts.references > 0)
      sentences.push(
        `It is a linked import: ${many(counts.references, 'leaf lies', 'leaves lie')} in other files, which were not read.`,
      )
    if (facts.trailingZeroBytes > 0)
      sentences.push(
        `${many(facts.trailingZeroBytes, 'zero byte follows', 'zero bytes follow')} the blocks: the padding of a piece.`,
      )
  } else if (facts.repairs.length > 0) {
    sentences.push(repairSentence(facts))
  } else {
    sentences.push('This cannot be repaired here: get the CAR again from where it came.')
  }
  return sentences.join(' ')
}

function goodSentence(facts: Omit<CarVerification, 'ok' | 'verdict'>, { references }: VerdictCounts): string {
  if (facts.blockCount === 0) return 'This CAR is sound, but holds no blocks.'
  const checked = facts.blockCount - references
  return `This CAR is good: ${checked === 1 ? 'its block hashes to its CID' : `all ${checked.toLocaleString('en')} blocks hash to their CIDs`}.`
}

function badSentence(facts: Omit<CarVerification, 'ok' | 'verdict'>, { problemCount }: VerdictCounts): string {
  const first = facts.problems[0]?.message ?? ''
  return problemCount === 1
    ? `This CAR is not good. ${first}`
    : `This CAR has ${problemCount.toLocaleString('en')} problems. ${first}`
}

function dagSentence(
  { dagComplete }: Pick<CarVerification, 'dagComplete'>,
  { missingCount, opaque }: VerdictCounts,
): string | null {
  if (dagComplete === false)
    return `Its DAG is not complete: ${many(missingCount, 'block is', 'blocks are')} linked to but not in it.`
  if (dagComplete === null && opaque > 0)
    return `Whether its DAG is complete cannot be said: the links of ${many(opaque, 'block', 'blocks')} cannot be read.`
  return dagComplete === true ? 'Its DAG is complete.' : null
}

function repairSentence({ repairs }: Pick<CarVerification, 'repairs'>): string {
  const what = {
    truncate: 'cutting it behind the last good block',
    'rebuild-index': 'building its index again',
    finalize: 'finalizing it',
  }
  return `A repaired copy can be made by ${repairs.map((repair) => what[repair]).join(' and ')}.`
}

function many(count: number, one: string, several: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`
}

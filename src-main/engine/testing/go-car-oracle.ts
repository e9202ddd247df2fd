import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { goProgram } from './go-program.ts'

/** A question to go-car; see interop/go-car/main.go for what each field means. */
export interface GoCarRequest {
  op: 'write' | 'read' | 'list-index' | 'wrap' | 'extract' | 'replace-roots' | 'select' | GoCarBenchOp
  path: string
  out?: string
  roots?: string[]
  /** `data` in base64. */
  blocks?: Array<{ cid: string; data: string }>
  storeIdentity?: boolean
  allowDuplicates?: boolean
  wholeCids?: boolean
  carV1?: boolean
  codec?: number
  dataPadding?: number
  indexPadding?: number
  zeroLengthSectionAsEnd?: boolean
  maxSectionBytes?: number
  selector?: string
  discard?: boolean
  /** Of the benchmarks. */
  count?: number
  blockBytes?: number
  finalize?: boolean
}

/** Answered with the seconds of the work alone. */
export type GoCarBenchOp = 'generate-index' | 'generate-index-mapped' | 'verify-blocks' | 'random-gets' | 'receive'

export interface GoCarAnswer {
  error?: string
  version?: number
  roots?: string[]
  sections?: Array<{ cid: string; offset: number; size: number }>
  /** Multihashes in hexadecimal, in the order of the index. */
  records?: Array<{ multihash: string; offset: number }>
  /** Blocks that a read-only store of go-car found, and that hash to their CID. */
  found?: number
  /** Of the benchmarks: what the work took, and the memory taken from the system for it, without mapped files. */
  seconds?: number
  memoryMiB?: number
}

/** Builds the program with the reference implementation; null where there is no Go, or no way to its modules. */
export function buildGoCarOracle(): Promise<string | null> {
  return goProgram('go-car')
}

/** The reference implementation at work: one question at a time. */
export class GoCarOracle {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  constructor(program: string) {
    this.#process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (stdout === null) throw new TypeError('the program has no output')
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  async ask(request: GoCarRequest): Promise<GoCarAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error('go-car has ended')
    return JSON.parse(answer.value)
  }

  close(): void {
    this.#process.stdin?.end()
  }
}

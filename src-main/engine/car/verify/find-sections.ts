/** Finds the sections of a CAR and divides them into ranges: what the threads that hash them need to know. */
import type { ErrorValue } from '../../../../src-shared/errors/index.ts'
import { FileReader, type Task, type TaskContext } from '../../base/index.ts'
import type { CarLimits } from '../car-limits.ts'
import { type PayloadRange, scanCar } from '../car-scan.ts'
import { buffersOf, MultihashList, type PackedMultihashes } from '../multihash-list.ts'
import { isDamage } from './find-end.ts'

export interface FindSectionsInput {
  path: string
  payload: PayloadRange
  /** Offsets of the payload: the section to start at, and where to stop at the latest. */
  from: number
  to: number
  limits: CarLimits
  /** A range ends with the section that makes it this long. */
  rangeBytes: number
}

export interface FoundSections {
  /** Blocks, with the offsets of their sections. */
  blocks: PackedMultihashes
  /** Offsets at which a range ends and the next starts. */
  rangeEnds: number[]
  /** Where to go on; the end of the last section, or the damage, when `isEnd`. */
  position: number
  isEnd: boolean
  damage: ErrorValue | null
}

/** What is found at most before it is handed over: keeps it small, and the threads that hash supplied. */
const MAX_BLOCKS = 128 * 1024
const MAX_BYTES = 4 * 1024 ** 3
const RANGE_BLOCKS = 64 * 1024

export const carSectionsTask: Task<FindSectionsInput, FoundSections> = {
  name: 'car.sections',
  async run(input: FindSectionsInput, context: TaskContext): Promise<FoundSections> {
    const reader = FileReader.open(input.path)
    try {
      return await findSections(reader, input, context)
    } finally {
      await reader.close()
    }
  },
  transferOutput: ({ blocks }) => buffersOf(blocks),
}

async function findSections(
  reader: FileReader,
  { payload, from, to, limits, rangeBytes }: FindSectionsInput,
  { signal }: TaskContext,
): Promise<FoundSections> {
  const blocks = new MultihashList()
  const rangeEnds: number[] = []
  let rangeStart = from
  let rangeBlocks = 0
  let damage: ErrorValue | null = null
  const scan = scanCar(reader, payload, { ...limits, from, to, sync: true, signal })
  const closeRange = () => {
    if (scan.position > rangeStart) rangeEnds.push(scan.position)
    rangeStart = scan.position
    rangeBlocks = 0
  }
  try {
    for await (const batch of scan) {
      for (let i = 0; i < batch.count; i++)
        blocks.add(
          batch.bytes,
          batch.multihashStart[i] as number,
          batch.dataStart[i] as number,
          batch.sectionOffset[i] as number,
        )
      rangeBlocks += batch.count
      if (scan.position - rangeStart >= rangeBytes || rangeBlocks >= RANGE_BLOCKS) closeRange()
      if (blocks.count >= MAX_BLOCKS || scan.position - from >= MAX_BYTES) break
    }
  } catch (error) {
    if (!isDamage(error)) throw error
    damage = error.toValue()
  }
  closeRange()
  const isEnd = damage !== null || scan.end !== null || scan.position >= to
  return { blocks: blocks.pack(), rangeEnds, position: scan.position, isEnd, damage }
}

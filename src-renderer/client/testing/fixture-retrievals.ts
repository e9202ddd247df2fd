import type { ImportView, RetrievalView } from '../../../src-shared/contract/index.ts'
import type { Chance } from './chance.ts'
import { errorOf, GIB, MIB, minutesAgo, PROVIDER } from './fixture-values.ts'

export function retrievalsOf(chance: Chance, imports: readonly ImportView[]): RetrievalView[] {
  const states: RetrievalView['state'][] = [
    'transferring',
    'done',
    'done',
    'failed',
    'done',
    'done',
    'exporting',
    'cancelled',
    'done',
  ]
  return states.map((state, at): RetrievalView => {
    const origin = imports[at + 1]
    const totalBytes = origin?.carSizeBytes ?? GIB
    const moving = state === 'transferring' || state === 'exporting'
    return {
      dealId: String(1795361000000000000n + BigInt(at) * 104_729n),
      root: origin?.root ?? chance.rootCid(),
      selector: null,
      state,
      message: RETRIEVAL_MESSAGES[state],
      error:
        state === 'failed'
          ? errorOf('PEER_UNAVAILABLE', 'https://provider.example:7777 stopped answering after 3.2 GiB.')
          : null,
      receivedBytes: Math.round(moving ? totalBytes * 0.61 : state === 'done' ? totalBytes : totalBytes * 0.18),
      totalBytes,
      blockCount: Math.ceil(totalBytes / MIB),
      provider: at % 3 === 0 ? 'https://provider.example:7777' : at % 3 === 1 ? PROVIDER : 'local',
      carPath: `/home/ada/.carport/retrievals/${1795361000000000000n + BigInt(at) * 104_729n}.car`,
      carSizeBytes: Math.round(totalBytes * (state === 'done' ? 1.002 : 0.4)),
      complete: state === 'done' && at !== 5,
      path: at % 4 === 2 ? null : `/home/ada/restored/${(origin?.source ?? 'data').split('/').at(-1)}`,
      progress: moving
        ? {
            phase: state === 'transferring' ? 'Receiving and checking blocks' : 'Writing files',
            doneBytes: Math.round(totalBytes * 0.61),
            totalBytes,
            rate: 88 * MIB,
            etaSeconds: 131,
          }
        : null,
      createdAt: minutesAgo(4 + at * 331),
      updatedAt: minutesAgo(at * 330),
    }
  })
}

const RETRIEVAL_MESSAGES: Record<RetrievalView['state'], string> = {
  transferring: 'Blocks are received and checked one by one.',
  exporting: 'Everything is here. The files are being written.',
  done: 'Everything below the root is here.',
  failed: 'The provider stopped answering. Blocks that arrived are kept.',
  cancelled: 'You cancelled it. Blocks that arrived are kept.',
}

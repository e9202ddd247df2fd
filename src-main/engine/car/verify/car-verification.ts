import type { CarVerdict } from '../../../../src-shared/contract/index.ts'

/** What can be said of a CAR without knowing of pieces. */
export type CarVerification = Omit<CarVerdict, 'pieceCid' | 'pieceCidV2' | 'pieceSize'>

export type CarProblem = CarVerdict['problems'][number]

/** Problems and missing blocks that are listed by name; the rest is only counted. */
export const MAX_LISTED = 1000

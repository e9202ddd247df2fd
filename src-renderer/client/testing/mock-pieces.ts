import { type Answers, fail, found, type MockTables } from './mock-engine.ts'

export function mockPieces({ pieces }: MockTables, { answer, watch }: Answers) {
  return {
    list: () => answer(() => pieces.rows()),
    get: ({ pieceCid }: { pieceCid: string }) => answer(() => found(pieces.get(pieceCid), 'PIECE_NOT_FOUND')),
    watch: watch(pieces),
    add: () => answer(() => pieces.rows()[0]),
    commp: () => fail('UNSUPPORTED', 'Not in this window.'),
    remove: ({ pieceCid }: { pieceCid: string }) =>
      answer(() => {
        pieces.delete(pieceCid)
        return { pieceCid, freedBytes: 2 ** 34 }
      }),
  }
}

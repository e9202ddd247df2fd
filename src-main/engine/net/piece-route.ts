import { CID } from 'multiformats/cid'
import { EngineError, type RandomAccessReader, throwIfAborted } from '../base/index.ts'
import { parsePieceCid } from '../commp/index.ts'
import { type ByteRange, serveBytes } from './byte-range.ts'
import { HttpProblem, type Route } from './http-listener.ts'
import { IMMUTABLE } from './immutable.ts'
import type { OutgoingLedger, ServedPieces } from './net-ports.ts'
import { servedRead } from './served-read.ts'

const READ_BYTES = 1024 * 1024

/** `/piece/{piece CID v1 or v2}`: an unsealed piece's bytes with Range (FRC-0066). */
export function pieceRoute(pieces: ServedPieces, transfers: OutgoingLedger): Route {
  return {
    prefix: '/piece',
    methods: ['GET', 'HEAD'],
    errors: 'text',
    async handle(exchange) {
      const text = exchange.path.slice('/piece/'.length)
      const { pieceCid } = parsePieceCid(parseCid(text))
      const { state } = await pieces.stat(pieceCid, { signal: exchange.signal })
      if (state === 'missing') throw new HttpProblem(404, `This provider does not hold piece ${text}.`)
      if (state === 'sealed-only')
        throw new EngineError('PIECE_SEALED', `Piece ${text} is sealed here and cannot be read now.`)
      const reader = await pieces.open(pieceCid, { signal: exchange.signal })
      try {
        await servedRead(
          exchange,
          transfers,
          { kind: 'piece', what: pieceCid.toString(), ownerId: null, totalBytes: reader.size },
          (sent, signal) =>
            serveBytes(
              exchange,
              {
                sizeBytes: reader.size,
                etag: `"${text}"`,
                headers: { ...IMMUTABLE, 'Content-Type': 'application/octet-stream', Vary: 'Accept-Encoding' },
                read: (range) => readRange(reader, range, signal),
              },
              sent,
            ),
        )
      } finally {
        await reader.close()
      }
    },
  }
}

async function* readRange(reader: RandomAccessReader, { start, end }: ByteRange, signal: AbortSignal) {
  for (let at = start; at < end; ) {
    throwIfAborted(signal)
    const part = new Uint8Array(Math.min(READ_BYTES, end - at))
    const length = await reader.readAt(part, at, signal)
    if (length === 0) throw new EngineError('IO_ERROR', `A piece ended at byte ${at}, before its ${reader.size} bytes.`)
    yield part.subarray(0, length)
    at += length
  }
}

function parseCid(text: string): CID {
  try {
    return CID.parse(text)
  } catch {
    throw new HttpProblem(400, `${text === '' ? 'Nothing' : text} is not a piece CID.`)
  }
}

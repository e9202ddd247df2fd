import { readFileSync } from 'node:fs'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EngineError, inlineTaskRunner, type TaskRunner, type WorkProgress } from '../base/index.ts'
import { type ContentRule, contentBytes, contentPieces } from '../testing/content.ts'
import { fixture } from '../testing/fixtures.ts'
import { WorkerPool } from '../workers/index.ts'
import {
  commitmentFromChunks,
  hashFile,
  hashFileChunk,
  PIECE_CHUNK_BYTES,
  type PieceCommitment,
  PieceHasher,
  padTo,
} from './index.ts'

interface Vector extends ContentRule {
  paddedSize?: number
  digest?: string
  v1?: string
  v2?: string
  error?: string
  padTo?: Array<{ paddedSize: number; v1: string }>
}
const { vectors } = JSON.parse(readFileSync(fixture('commp/vectors.json'), 'utf8')) as { vectors: Vector[] }

let folder: string
let workers: WorkerPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carport-commp-'))
  workers = new WorkerPool({ workerUrl: new URL('../workers/engine.worker.ts', import.meta.url), size: 2 })
})
afterAll(async () => {
  await workers.close()
  await rm(folder, { recursive: true })
})

describe('PieceHasher', () => {
  it.each(vectors)(
    '$content $seed of $size bytes',
    async (vector) => {
      const hasher = new PieceHasher(workers)
      for (const part of contentPieces(vector)) await hasher.update(part)
      if (vector.error !== undefined) {
        await expect(hasher.finish()).rejects.toMatchObject({ code: 'PIECE_TOO_SMALL' })
        return
      }
      const commitment = await hasher.finish()
      expect(textOf(commitment)).toEqual({
        rawSize: vector.size,
        pieceSize: vector.paddedSize,
        pieceCid: vector.v1,
        pieceCidV2: vector.v2 ?? null,
        digest: vector.digest,
      })
      for (const larger of vector.padTo ?? [])
        expect(padTo(commitment, larger.paddedSize).pieceCid.toString()).toBe(larger.v1)
    },
    120_000,
  )

  it.each([1, 31, 126, 127, 4096, 65_537])('does not care for parts of %i bytes', async (partBytes) => {
    const rule = { content: 'stream', seed: 5, size: 70_001 } as const
    const bytes = contentBytes(rule)
    const hasher = new PieceHasher(inlineTaskRunner)
    for (let at = 0; at < bytes.length; at += partBytes) await hasher.update(bytes.subarray(at, at + partBytes))
    expect(textOf(await hasher.finish())).toEqual(textOf(await commitmentOf(rule)))
  })

  it('goes on from the chunk roots of an earlier run', async () => {
    const rule = { content: 'stream', seed: 9, size: 3 * PIECE_CHUNK_BYTES + 1000 } as const
    const journal: Array<[number, Uint8Array, number]> = []
    const whole = await commitmentOf(rule, (...entry) => journal.push(entry))
    expect(journal.map(([index, , length]) => [index, length])).toEqual([
      [0, PIECE_CHUNK_BYTES],
      [1, PIECE_CHUNK_BYTES],
      [2, PIECE_CHUNK_BYTES],
      [3, 1000],
    ])

    const told: number[] = []
    const restored = new PieceHasher(workers, {
      restore: journal.slice(0, 2).map(([, root]) => root),
      onChunk: (index) => told.push(index),
    })
    expect(restored.rawSize).toBe(2 * PIECE_CHUNK_BYTES)
    await restored.update(contentBytes(rule).subarray(2 * PIECE_CHUNK_BYTES))
    expect(textOf(await restored.finish())).toEqual(textOf(whole))
    expect(told).toEqual([2, 3])

    const folded = commitmentFromChunks(
      journal.map(([, root]) => root),
      rule.size,
    )
    expect(textOf(folded)).toEqual(textOf(whole))
  })

  it('holds a few chunks and waits while the workers are behind', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let most = 0
    let underWay = 0
    const slow: TaskRunner = {
      parallelism: 2,
      async run(task, input, options) {
        most = Math.max(most, ++underWay)
        await gate
        underWay--
        return inlineTaskRunner.run(task, input, options)
      },
    }
    const hasher = new PieceHasher(slow)
    const chunk = new Uint8Array(PIECE_CHUNK_BYTES)
    for (let i = 0; i < 3; i++) await hasher.update(chunk)
    let taken = false
    const fourth = hasher.update(chunk).then(() => {
      taken = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toBe(false)
    open()
    await fourth
    for (let i = 4; i < 6; i++) await hasher.update(chunk)
    const commitment = await hasher.finish()
    expect(most).toBe(3)
    expect(textOf(commitment)).toEqual(
      textOf(await commitmentOf({ content: 'zero', seed: 0, size: 6 * PIECE_CHUNK_BYTES })),
    )
  })

  it('ends with the failure of a worker, and takes nothing more when given up', async () => {
    const failing: TaskRunner = { parallelism: 1, run: () => Promise.reject(new TypeError('broken thread')) }
    const hasher = new PieceHasher(failing)
    await hasher.update(new Uint8Array(1000))
    await expect(hasher.finish()).rejects.toThrow('broken thread')

    const abandoned = new PieceHasher(inlineTaskRunner)
    await abandoned.abort()
    await expect(abandoned.update(new Uint8Array(1))).rejects.toMatchObject({ code: 'CLOSED' })

    const stop = new AbortController()
    const cancelled = new PieceHasher(inlineTaskRunner, { signal: stop.signal })
    stop.abort()
    await expect(cancelled.update(new Uint8Array(1))).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('hashFile', () => {
  it('agrees with the stream, and reports how far it is', async () => {
    const rule = { content: 'stream', seed: 77, size: 4 * PIECE_CHUNK_BYTES + 77 } as const
    const path = join(folder, 'payload.bin')
    for (const part of contentPieces(rule)) await appendFile(path, part)
    const seen: WorkProgress[] = []
    const commitment = await hashFile(path, workers, { onProgress: (progress) => seen.push(progress) })
    expect(textOf(commitment)).toEqual(textOf(await commitmentOf(rule)))
    expect(seen[0]).toMatchObject({ doneBytes: 0, totalBytes: rule.size })
    expect(seen.at(-1)).toMatchObject({ doneBytes: rule.size, totalBytes: rule.size })

    const roots: Uint8Array[] = []
    for (let offset = 0; offset < rule.size; offset += PIECE_CHUNK_BYTES) {
      const length = Math.min(PIECE_CHUNK_BYTES, rule.size - offset)
      roots.push(await hashFileChunk({ path, offset, length }, workers))
    }
    expect(textOf(commitmentFromChunks(roots, rule.size))).toEqual(textOf(commitment))
  })

  it('can be cancelled', async () => {
    const path = join(folder, 'zeros.bin')
    await writeFile(path, new Uint8Array(3 * PIECE_CHUNK_BYTES))
    const stop = new AbortController()
    const hashing = hashFile(path, workers, { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(hashing).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('says what is wrong with a file', async () => {
    const small = join(folder, 'small.bin')
    await writeFile(small, new Uint8Array(64))
    const error = await hashFile(small, workers).catch((thrown: EngineError) => thrown)
    expect(error).toMatchObject({ code: 'PIECE_TOO_SMALL', details: { rawSize: 64 } })
    await expect(hashFile(folder, workers)).rejects.toMatchObject({ code: 'NOT_A_FILE' })
    await expect(hashFile(join(folder, 'absent'), workers)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('notices a file that grows or shrinks under it', async () => {
    const path = join(folder, 'growing.bin')
    await writeFile(path, new Uint8Array(2 * PIECE_CHUNK_BYTES))
    let appended: Promise<void> | undefined
    const growing: TaskRunner = {
      parallelism: 1,
      async run(task, input, options) {
        appended ??= appendFile(path, 'more')
        await appended
        return inlineTaskRunner.run(task, input, options)
      },
    }
    await expect(hashFile(path, growing)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    const chunk = { path, offset: 0, length: 3 * PIECE_CHUNK_BYTES }
    await expect(hashFileChunk(chunk, workers)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  })
})

describe('padTo', () => {
  it('keeps the payload size, has no v2, and refuses a smaller piece', async () => {
    const commitment = await commitmentOf({ content: 'stream', seed: 1, size: 1000 })
    expect(padTo(commitment, 1024)).toBe(commitment)
    expect(padTo(commitment, 4096)).toMatchObject({ rawSize: 1000, pieceSize: 4096, pieceCidV2: null })
    expect(() => padTo(commitment, 512)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(() => padTo(commitment, 5000)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

async function commitmentOf(
  rule: ContentRule,
  onChunk?: (index: number, root: Uint8Array, length: number) => void,
): Promise<PieceCommitment> {
  const hasher = new PieceHasher(workers, { onChunk })
  for (const part of contentPieces(rule)) await hasher.update(part)
  return hasher.finish()
}

function textOf(commitment: PieceCommitment) {
  return {
    rawSize: commitment.rawSize,
    pieceSize: commitment.pieceSize,
    pieceCid: commitment.pieceCid.toString(),
    pieceCidV2: commitment.pieceCidV2?.toString() ?? null,
    digest: Buffer.from(commitment.digest).toString('hex'),
  }
}

import type { CID } from 'multiformats/cid'
import { FileReader } from '../../base/index.ts'
import { carError } from '../car-errors.ts'
import { readCarLayout } from '../car-layout.ts'
import type { CarLimits } from '../car-limits.ts'
import { encodeCarHeader } from '../car-v1-header.ts'
import { FileEditor } from './file-editor.ts'

/**
 * Puts other roots into a CAR (v1 or v2) in place. The new header must be as long as the one there, so that no section
 * moves: CAR_ROOTS_MISMATCH otherwise. One write, then durable.
 */
export async function replaceRoots(path: string, roots: readonly CID[], limits: CarLimits = {}): Promise<void> {
  const reader = FileReader.open(path)
  const layout = await readCarLayout(reader, limits).finally(() => reader.close())
  const header = encodeCarHeader(roots)
  if (header.length !== layout.headerSize)
    throw carError(
      'CAR_ROOTS_MISMATCH',
      `The roots of ${path} cannot be replaced in place: its header takes ${layout.headerSize} bytes, the new one would take ${header.length}.`,
      {
        goCar: `current header size (${layout.headerSize}) must match replacement header size (${header.length})`,
      },
    )
  const file = await FileEditor.open(path)
  try {
    await file.writeAt(header, layout.payloadOffset)
    await file.sync()
  } finally {
    await file.close()
  }
}

import { type FileHandle, open } from 'node:fs/promises'
import { maskedCrc32c } from './crc32c.ts'
import { FOOTER_BYTES, type Handle, handlesOf, readHandle, TAIL_BYTES } from './table-format.ts'

const MAGIC = Buffer.from('57fb808b247547db', 'hex')

/**
 * What is wrong with a table of LevelDB (table_format.md), null when nothing is. `wholly` reads each block of a table
 * whose index is not compressed, as Lotus writes them; otherwise only the end, which makes it a table. Its size is null where it is not known.
 */
export async function checkTable(path: string, sizeBytes: number | null, wholly: boolean): Promise<string | null> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (sizeBytes !== null && size !== sizeBytes) return `has ${size} bytes where ${sizeBytes} were written`
    const footer = await readAt(file, size - FOOTER_BYTES, FOOTER_BYTES)
    if (!footer.subarray(-MAGIC.length).equals(MAGIC)) return 'is no table of LevelDB'
    const handles = { bytes: footer, at: 0 }
    readHandle(handles) // of the metaindex
    const index = await readBlock(file, readHandle(handles), size)
    if (index === null) return 'has a damaged index'
    if (!wholly || index.isCompressed) return null
    for (const handle of handlesOf(index.content))
      if ((await readBlock(file, handle, size)) === null) return `is damaged at byte ${handle.offset}`
    return null
  } finally {
    await file.close()
  }
}

/** null where the checksum says that it is not what was written. */
async function readBlock(file: FileHandle, { offset, size }: Handle, fileSize: number) {
  if (offset + size + TAIL_BYTES > fileSize) return null
  const bytes = await readAt(file, offset, size + TAIL_BYTES)
  if (maskedCrc32c(bytes.subarray(0, size + 1)) !== bytes.readUInt32LE(size + 1)) return null
  return { content: bytes.subarray(0, size), isCompressed: bytes[size] !== 0 }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  await file.read(bytes, 0, length, Math.max(0, position))
  return bytes
}

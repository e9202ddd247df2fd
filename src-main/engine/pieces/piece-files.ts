import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrnoException } from '../base/index.ts'
import { type ParsedPieceCid, parsePieceCid } from '../commp/index.ts'

/** Names of piece files: `<piece CID v1>.car` as Carport writes them; by hand also without `.car`, or by v2. */
export interface PieceFile {
  pieceCid: string
  path: string
  sizeBytes: number
}

export function pieceFilePath(directory: string, pieceCid: string): string {
  return join(directory, `${pieceCid}.car`)
}

/** Every piece file in a directory; where two are the same piece, the one named as Carport does. */
export async function listPieceFiles(directory: string): Promise<Map<string, PieceFile>> {
  const files = new Map<string, PieceFile>()
  for (const name of await readdir(directory)) {
    const pieceCid = pieceCidOfName(name)
    if (pieceCid === null || (files.has(pieceCid) && name !== `${pieceCid}.car`)) continue
    const file = await statPieceFile(join(directory, name), pieceCid)
    if (file !== null) files.set(pieceCid, file)
  }
  return files
}

/** The file of a piece, however it is named (`known` is where it was seen last); null when there is none. */
export async function findPieceFile(
  directory: string,
  { pieceCid, pieceCidV2 }: ParsedPieceCid,
  known: string | null,
): Promise<PieceFile | null> {
  const key = pieceCid.toString()
  const names = [`${key}.car`, key, ...(pieceCidV2 === null ? [] : [`${pieceCidV2}.car`, pieceCidV2.toString()])]
  const paths = names.map((name) => join(directory, name))
  for (const path of known === null ? paths : [...paths, known]) {
    const file = await statPieceFile(path, key)
    if (file !== null) return file
  }
  return null
}

export async function statPieceFile(path: string, pieceCid: string): Promise<PieceFile | null> {
  try {
    const found = await stat(path)
    return found.isFile() ? { pieceCid, path, sizeBytes: found.size } : null
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ENOENT') return null
    throw error
  }
}

function pieceCidOfName(name: string): string | null {
  try {
    return parsePieceCid(name.replace(/\.car$/, '')).pieceCid.toString()
  } catch {
    return null
  }
}

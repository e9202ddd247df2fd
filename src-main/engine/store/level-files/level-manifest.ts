/** What a MANIFEST says after all its edits. */
export interface LevelVersion {
  /** Journals from this number on hold rows that no table has. */
  logNumber: number
  /** Number → size of each table. */
  tables: Map<number, number>
}

/** Applies the edits of a MANIFEST (LevelDB's version_edit.cc). null where one cannot be understood. */
export function versionOf(edits: Uint8Array[]): LevelVersion | null {
  const version: LevelVersion = { logNumber: 0, tables: new Map() }
  return edits.every((edit) => applyEdit(version, new Fields(edit))) ? version : null
}

/** false where it cannot be understood. */
function applyEdit(version: LevelVersion, fields: Fields): boolean {
  const added = new Map<number, number>()
  while (!fields.atEnd) {
    const tag = fields.number()
    if (tag === 1) fields.skipText()
    else if (tag === 2) version.logNumber = fields.number()
    else if (tag === 3 || tag === 4 || tag === 9) fields.number()
    else if (tag === 5) {
      fields.number()
      fields.skipText()
    } else if (tag === 6) {
      fields.number()
      version.tables.delete(fields.number())
    } else if (tag === 7) {
      fields.number()
      added.set(fields.number(), fields.number())
      fields.skipText()
      fields.skipText()
    } else return false
  }
  // A table that only moves to another level is taken out and put in by the same edit.
  for (const [number, size] of added) version.tables.set(number, size)
  return fields.isWhole
}

/** Reads varints and texts. */
class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** false once more was read than there is. */
  get isWhole(): boolean {
    return this.#at <= this.#bytes.length
  }

  number(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }

  skipText(): void {
    const length = this.number()
    this.#at += length
  }
}

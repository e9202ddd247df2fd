/**
 * LevelDB drops what it cannot read of its journals without a word, and without CURRENT it begins anew and deletes all
 * tables. So its files are looked at before it may open them.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrnoException } from '../../base/index.ts'
import { checkTable } from './check-table.ts'
import { readLevelLog } from './level-log.ts'
import { type LevelVersion, versionOf } from './level-manifest.ts'
import { ascending } from './write-batch.ts'

/** Left by a store that met damage while it was open: the next start reads all of it. */
export const DAMAGE_MARK = 'DAMAGED'
/** Tables up to this much are read through at each start; it takes some 20 ms. */
const READ_THROUGH_BYTES = 8 * 1024 * 1024

const DATA = /^(?:MANIFEST-\d+|\d+\.(?:ldb|sst|log))$/

/**
 * What is wrong with the files of a LevelDB, each as a sentence; empty when nothing is. A journal whose end was cut off
 * is what a power cut leaves, and nothing wrong. Throws where they may not be read.
 */
export async function checkLevelFiles(directory: string, options: { wholly?: boolean } = {}): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown): string[] => {
    if (isErrnoException(error) && error.code === 'ENOENT') return []
    throw error
  })
  if (!names.some((name) => DATA.test(name) || name === 'CURRENT')) return [] // a new one
  if (!names.includes('CURRENT')) return ['CURRENT, which names the MANIFEST that is valid, is missing.']
  const manifest = (await readFile(join(directory, 'CURRENT'), 'latin1')).match(/^(MANIFEST-\d+)\n$/)?.[1]
  if (manifest === undefined) return ['CURRENT does not name a MANIFEST.']
  if (!names.includes(manifest)) return [`${manifest}, which CURRENT names, is missing.`]
  const log = readLevelLog(await readFile(join(directory, manifest)))
  const version = versionOf(log.records)
  if (log.damagedAt !== null) return [`${manifest} is damaged at byte ${log.damagedAt}.`]
  if (log.isTorn || version === null || log.records.length === 0) return [`${manifest} is cut off.`]
  const wholly = options.wholly === true || names.includes(DAMAGE_MARK) || sizeOf(version) <= READ_THROUGH_BYTES
  return [
    ...(await checkTables(directory, names, version, wholly)),
    ...(await checkJournals(directory, names, version)),
  ]
}

function sizeOf({ tables }: LevelVersion): number {
  let sum = 0
  for (const size of tables.values()) sum += size
  return sum
}

async function checkTables(
  directory: string,
  names: string[],
  { tables }: LevelVersion,
  wholly: boolean,
): Promise<string[]> {
  const files = new Map(
    names.filter((name) => /\.(ldb|sst)$/.test(name)).map((name) => [Number.parseInt(name, 10), name]),
  )
  const problems: string[] = []
  for (const [number, size] of tables) {
    const name = files.get(number)
    const trouble = name === undefined ? null : await checkTable(join(directory, name), size, wholly)
    if (name === undefined) problems.push(`The table ${String(number).padStart(6, '0')}.ldb is missing.`)
    else if (trouble !== null) problems.push(`The table ${name} ${trouble}.`)
  }
  return problems
}

async function checkJournals(directory: string, names: string[], { logNumber }: LevelVersion): Promise<string[]> {
  const problems: string[] = []
  const journals = names.filter((name) => name.endsWith('.log') && Number.parseInt(name, 10) >= logNumber).sort()
  if (logNumber > 0 && !journals.some((name) => Number.parseInt(name, 10) === logNumber))
    problems.push(`The journal ${String(logNumber).padStart(6, '0')}.log is missing.`)
  for (const name of journals) {
    const path = join(directory, name)
    if (!(await stat(path)).isFile()) continue
    const { damagedAt, records } = readLevelLog(await readFile(path))
    if (damagedAt !== null) problems.push(`The journal ${name} is damaged at byte ${damagedAt}.`)
    else if (ascending(records).length < records.length) problems.push(`The journal ${name} holds changes twice.`)
  }
  return problems
}

import { counted, describeAll, isReadable, type PathDescription } from '../features/paths/index.ts'
import type { SectionId } from '../state/index.ts'

/** What a drop will do with exactly what was dropped. */
export type DropPlan =
  | { action: 'import' | 'verify' | 'add-piece' | 'choose'; paths: string[]; words: string }
  /** Nothing of it can be read; `words` says why. */
  | { action: 'none'; paths: string[]; words: string }

/**
 * Plain files and folders are imported at once, wherever they are dropped. A CAR can be meant in several ways: the
 * section that is open decides, otherwise the user is asked.
 */
export function planDrop(section: SectionId, found: readonly PathDescription[]): DropPlan {
  const readable = found.filter(isReadable)
  const paths = readable.map(({ path }) => path)
  const [first] = readable
  if (first === undefined)
    return { action: 'none', paths, words: found[0]?.message ?? 'Nothing of what was dropped can be read.' }
  const what = describeAll(readable)
  if (section === 'inspect' && readable.length === 1 && first.kind !== 'directory')
    return { action: 'verify', paths, words: `Verify this CAR: ${what}` }
  if (section === 'pieces' && readable.length === 1 && first.kind === 'car')
    return { action: 'add-piece', paths, words: `Add as a piece: ${what}` }
  if (readable.some(({ kind }) => kind === 'car')) return { action: 'choose', paths, words: what }
  return {
    action: 'import',
    paths,
    words: `${what}, linked: the ${readable.length === 1 ? 'original stays' : 'originals stay'} where ${readable.length === 1 ? 'it is' : 'they are'}`,
  }
}

/**
 * What is said while something is still being dragged. Until it is dropped, the page is told only how many things
 * there are, not what they are.
 */
export function hoverWords(section: SectionId, count: number, hasPaths: boolean): { title: string; detail: string } {
  const things = count === 0 ? 'this' : counted(count, 'item')
  if (!hasPaths && section === 'inspect')
    return { title: 'Drop a CAR to verify it', detail: 'Carport gets a copy of it. Several files are imported.' }
  if (!hasPaths)
    return {
      title: `Drop to upload ${things}`,
      detail:
        'Carport keeps a copy of the content: a self-contained import. For a CAR you are asked what to do with it.',
    }
  if (section === 'inspect')
    return { title: 'Drop a CAR to verify it', detail: 'It is only read. Anything else is imported.' }
  if (section === 'pieces')
    return {
      title: 'Drop a CAR to add it as a piece',
      detail: 'It is copied into the piece store. Anything else is imported.',
    }
  return {
    title: `Drop to import ${things}`,
    detail: `Linked: the ${count === 1 ? 'original stays where it is' : 'originals stay where they are'}. For a CAR you are asked what to do with it.`,
  }
}

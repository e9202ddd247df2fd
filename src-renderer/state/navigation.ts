import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

/** Where the window is. Kept in the address, so that Back and Forward work and a place can be bookmarked. */
export const SECTIONS = [
  'overview',
  'imports',
  'deals',
  'retrievals',
  'shards',
  'pieces',
  'migration',
  'transfers',
  'inspect',
  'activity',
  'settings',
] as const
export type SectionId = (typeof SECTIONS)[number]

export interface Place {
  section: SectionId
  /** What is open in the section: an import, a shard … */
  id: string | null
  /** A part of it that fills the screen: `browse`. */
  part: string | null
  /** What is shown first in that part: the CID of a block. */
  at: string | null
}

const HOME: Place = { section: 'overview', id: null, part: null, at: null }

/** `#/shards/baga…/browse/bafy…`. What is no place is the overview. */
export function parsePlace(hash: string): Place {
  const [section, id, part, at] = hash.replace(/^#?\/?/, '').split('/')
  const known = SECTIONS.find((each) => each === section)
  if (known === undefined) return HOME
  const [decodedId = null, decodedPart = null, decodedAt = null] = [id, part, at].map((each) =>
    each ? safeDecode(each) : null,
  )
  return { section: known, id: decodedId, part: decodedPart, at: decodedAt }
}

export function placeHash({ section, id, part, at }: Place): string {
  return `#/${[section, id, part, at].flatMap((each) => (each === null ? [] : encodeURIComponent(each))).join('/')}`
}

/** The address of a place, for links. */
export function hrefOf(
  section: SectionId,
  id: string | null = null,
  part: string | null = null,
  at: string | null = null,
): string {
  return placeHash({ section, id, part, at })
}

const place = createStore<Place>(() => HOME)

/** To be called once, before the first rendering. */
export function followAddress(): void {
  const read = () => place.setState(parsePlace(location.hash), true)
  window.addEventListener('hashchange', read)
  read()
}

export function usePlace(): Place {
  return useStore(place)
}

export function currentPlace(): Place {
  return place.getState()
}

/** Opens a place. Moving from row to row within a table replaces the address: Back leaves the table at once. */
export function goTo(
  section: SectionId,
  id: string | null = null,
  part: string | null = null,
  at: string | null = null,
): void {
  const hash = hrefOf(section, id, part, at)
  if (hash === location.hash) return
  const before = place.getState()
  const sameTable = before.section === section && before.part === part && before.id !== null && id !== null
  if (!sameTable) {
    location.hash = hash
    return
  }
  history.replaceState(null, '', hash)
  place.setState({ section, id, part, at }, true)
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

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
}

const HOME: Place = { section: 'overview', id: null, part: null }

/** `#/shards/baga…/browse`. What is no place is the overview. */
export function parsePlace(hash: string): Place {
  const [section, id, part] = hash.replace(/^#?\/?/, '').split('/')
  const known = SECTIONS.find((each) => each === section)
  if (known === undefined) return HOME
  return { section: known, id: id ? safeDecode(id) : null, part: part ? safeDecode(part) : null }
}

export function placeHash({ section, id, part }: Place): string {
  return `#/${[section, id, part].flatMap((each) => (each === null ? [] : encodeURIComponent(each))).join('/')}`
}

/** The address of a place, for links. */
export function hrefOf(section: SectionId, id: string | null = null, part: string | null = null): string {
  return placeHash({ section, id, part })
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
export function goTo(section: SectionId, id: string | null = null, part: string | null = null): void {
  const hash = hrefOf(section, id, part)
  if (hash === location.hash) return
  const before = place.getState()
  const sameTable = before.section === section && before.part === part && before.id !== null && id !== null
  if (!sameTable) {
    location.hash = hash
    return
  }
  history.replaceState(null, '', hash)
  place.setState({ section, id, part }, true)
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

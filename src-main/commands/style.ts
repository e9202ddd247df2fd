import { styleText } from 'node:util'

/** Colour for people, on terminals that want it. */
export interface Style {
  heading(text: string): string
  faint(text: string): string
  good(text: string): string
  working(text: string): string
  inUse(text: string): string
  warning(text: string): string
  bad(text: string): string
}

type Format = Parameters<typeof styleText>[0]

export function styleFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): Style {
  const wanted = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
  // Colour was decided above; styleText must not look at stdout for it, which may be another stream.
  const paint = (format: Format) => (text: string) =>
    wanted ? styleText(format, text, { validateStream: false }) : text
  return {
    heading: paint('bold'),
    faint: paint('dim'),
    good: paint('green'),
    working: paint('cyan'),
    inUse: paint('blue'),
    warning: paint('yellow'),
    bad: paint('red'),
  }
}

const GOOD = new Set(['ok', 'Available', 'active', 'done', 'ready', 'unsealed'])
const BAD = new Set(['broken', 'Errored', 'failed', 'missing'])
const WARNING = new Set(['attention', 'cancelled', 'paused', 'waiting', 'sealed-only', 'New'])

/** A state's name in the colour of how it stands; shards in the colours of Lotus. */
export function styleState(style: Style, state: string): string {
  if (GOOD.has(state)) return style.good(state)
  if (BAD.has(state)) return style.bad(state)
  if (state === 'Serving') return style.inUse(state)
  return WARNING.has(state) ? style.warning(state) : style.working(state)
}

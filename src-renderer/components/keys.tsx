import { isMac } from './platform.ts'

const MAC: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Delete: '⌫' }
const OTHERS: Record<string, string> = { Mod: 'Ctrl', Enter: '↵' }

/** `Mod+K` as this platform writes it: ⌘K, or Ctrl K. */
export function Keys({ keys }: { keys: string }) {
  const names = isMac ? MAC : OTHERS
  return (
    <span className="inline-flex shrink-0 items-center gap-0.5">
      {keys.split('+').map((key) => (
        <kbd
          key={key}
          className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm bg-hover px-1 font-sans text-2xs text-ink-soft"
        >
          {names[key] ?? key}
        </kbd>
      ))}
    </span>
  )
}

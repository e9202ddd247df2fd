import { Button, Dialog, Keys } from '../components/index.ts'
import { ALL_SECTIONS, shortcutOf } from './sections.ts'

const GROUPS: { title: string; keys: [keys: string[], what: string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      [['Mod+K'], 'Find anything, or do anything'],
      [['Mod+V'], 'Find what a pasted CID is'],
      [['Mod+O'], 'Import…'],
      [['/', 'Mod+F'], 'Search in the table'],
      [['Mod+,'], 'Settings'],
      [['?'], 'This list'],
      [['Esc'], 'Close what is open'],
    ],
  },
  {
    title: 'In a table',
    keys: [
      [['↑', '↓'], 'Row by row'],
      [['Home', 'End'], 'First, last row'],
      [['Enter'], 'Open details'],
      [['Space'], 'Choose the row'],
      [['Shift+↓'], 'Choose a range'],
      [['Mod+A'], 'Choose all'],
      [['Shift+F10'], 'Menu of the row'],
      [['Delete'], 'Drop, remove or destroy…'],
    ],
  },
]

const SECTION_KEYS = ALL_SECTIONS.flatMap(({ id, label }): [keys: string[], what: string][] => {
  const keys = shortcutOf(id)
  return keys === undefined ? [] : [[[keys], label]]
})

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      title="Keyboard shortcuts"
      width="lg"
      onClose={onClose}
      footer={
        <Button kind="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <div className="grid grid-cols-3 gap-8 max-[760px]:grid-cols-1">
        {GROUPS.map(({ title, keys }) => (
          <section key={title} aria-label={title}>
            <h3 className="pb-2 font-semibold text-ink text-xs">{title}</h3>
            <Lines lines={keys} />
          </section>
        ))}
        <section aria-label="Go to">
          <h3 className="pb-2 font-semibold text-ink text-xs">Go to</h3>
          <Lines lines={SECTION_KEYS} />
        </section>
      </div>
    </Dialog>
  )
}

function Lines({ lines }: { lines: readonly (readonly [keys: string[], what: string])[] }) {
  return (
    <dl className="space-y-1.5 text-xs">
      {lines.map(([keys, what]) => (
        <div key={what} className="flex items-center justify-between gap-3">
          <dt className="text-ink-soft">{what}</dt>
          <dd className="flex gap-1">
            {keys.map((each) => (
              <Keys key={each} keys={each} />
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}

import { useEffect, useState } from 'react'
import type { SettingView } from '../../../src-shared/contract/index.ts'
import { Button, ErrorPanel, ScrollPage, SearchField, Section, Segmented } from '../../components/index.ts'
import { setPreferences, useLoaded, usePlace, usePreferences, useServices } from '../../state/index.ts'
import { SettingRow } from './setting-row.tsx'
import { bySection, sectionTitle, settingsAt } from './setting-words.ts'

/** How is it set, and since when does it apply? */
export function SettingsScreen() {
  const { client } = useServices()
  const [settings, setSettings] = useState<readonly SettingView[]>([])
  const [query, setQuery] = useState('')
  const sought = settingsAt(usePlace().id, settings)
  const loaded = useLoaded('settings', (signal) => client.settings.show(undefined, { signal }))
  useEffect(() => {
    if (loaded.value !== null) setSettings(loaded.value.settings)
  }, [loaded.value])

  const words = query.toLowerCase()
  const shown = settings.filter(({ key, description }) => `${key} ${description}`.toLowerCase().includes(words))
  return (
    <ScrollPage
      title="Settings"
      subtitle={loaded.value === null ? undefined : `Kept in ${loaded.value.path}`}
      actions={<SearchField label="Search settings" value={query} onChange={setQuery} className="w-56" />}
    >
      <div className="space-y-6">
        {query === '' && <Appearance />}
        {loaded.status === 'failed' && (
          <ErrorPanel
            error={loaded.error}
            title="The settings could not be read"
            actions={
              <Button size="sm" onClick={loaded.reload}>
                Try again
              </Button>
            }
          />
        )}
        {bySection(shown).map(([section, own]) => (
          <Section key={section} title={sectionTitle(section)}>
            <ul className="divide-y divide-line rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
              {own.map((setting) => (
                <SettingRow
                  key={setting.key}
                  setting={setting}
                  sought={sought[0] === setting.key ? 'first' : sought.includes(setting.key) ? 'also' : 'no'}
                  onChanged={(changed) =>
                    setSettings((known) => known.map((each) => (each.key === changed.key ? changed : each)))
                  }
                />
              ))}
            </ul>
          </Section>
        ))}
        {loaded.status === 'ready' && shown.length === 0 && (
          <p className="py-10 text-center text-ink-soft">No setting matches “{query}”.</p>
        )}
      </div>
    </ScrollPage>
  )
}

/** What belongs to this window, not to the engine. */
function Appearance() {
  const { theme, density } = usePreferences()
  return (
    <Section title="This window">
      <ul className="divide-y divide-line rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
        <li className="flex flex-wrap items-center justify-between gap-4 px-4 py-3">
          <div>
            <p className="font-medium text-ink">Theme</p>
            <p className="text-ink-soft text-xs">System follows what the computer is set to.</p>
          </div>
          <Segmented
            label="Theme"
            value={theme}
            onChange={(next) => setPreferences({ theme: next })}
            choices={[
              { value: 'system', label: 'System' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
          />
        </li>
        <li className="flex flex-wrap items-center justify-between gap-4 px-4 py-3">
          <div>
            <p className="font-medium text-ink">Row height</p>
            <p className="text-ink-soft text-xs">For all tables.</p>
          </div>
          <Segmented
            label="Row height"
            value={density}
            onChange={(next) => setPreferences({ density: next })}
            choices={[
              { value: 'compact', label: 'Compact' },
              { value: 'normal', label: 'Normal' },
              { value: 'comfortable', label: 'Comfortable' },
            ]}
          />
        </li>
      </ul>
    </Section>
  )
}

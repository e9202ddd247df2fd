import { useEffect, useRef, useState } from 'react'
import type { SettingView } from '../../../src-shared/contract/index.ts'
import { errorValueOf } from '../../client/index.ts'
import { Button, classNames, StateBadge, Switch, TextInput, toast } from '../../components/index.ts'
import { useServices } from '../../state/index.ts'
import { titleOf, valueText } from './setting-words.ts'

interface SettingRowProps {
  setting: SettingView
  /** Somebody was sent here for it: it is marked, and the first of them is brought into view with the focus on it. */
  sought: 'first' | 'also' | 'no'
  onChanged: (setting: SettingView) => void
}

/** One key: what it does, its value, where that comes from, and when a change applies. */
export function SettingRow({ setting, sought, onChanged }: SettingRowProps) {
  const { client } = useServices()
  const { key, type, value, source, environment, applies, description } = setting
  const [text, setText] = useState(valueText(value))
  const [error, setError] = useState<string | null>(null)
  const [saving, setSaving] = useState(false)
  useEffect(() => setText(valueText(value)), [value])
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (sought !== 'first' || row.current === null) return
    row.current.scrollIntoView({ block: 'center' })
    const control = row.current.querySelector<HTMLElement>('input:enabled, button:enabled')
    const target = control ?? row.current
    target.focus({ preventScroll: true })
  }, [sought])

  const overridden = source === 'environment'
  const changed = text !== valueText(value)
  const save = async (next: string) => {
    setSaving(true)
    setError(null)
    try {
      onChanged(await client.settings.set({ key, value: next }))
      toast.done(`${titleOf(key)} saved`, {
        description: applies === 'live' ? 'It applies from now on.' : 'It applies after Carport is started again.',
      })
    } catch (failure) {
      setError(errorValueOf(failure).message)
    } finally {
      setSaving(false)
    }
  }

  return (
    <li
      ref={row}
      tabIndex={-1}
      aria-current={sought === 'no' ? undefined : 'true'}
      className={classNames(
        'grid grid-cols-[1fr_minmax(180px,240px)] gap-x-8 gap-y-2 px-4 py-3 outline-none max-[760px]:grid-cols-1',
        sought !== 'no' && 'bg-accent-soft shadow-[inset_3px_0_0_0_var(--accent)]',
      )}
    >
      <div className="min-w-0">
        <p className="font-medium text-ink">{titleOf(key)}</p>
        <p className="text-ink-soft text-xs">{description}</p>
        <p className="flex flex-wrap gap-x-3 pt-1 text-ink-faint text-xs">
          <code className="selectable text-2xs leading-4">{key}</code>
          <span>{applies === 'live' ? 'Applies at once' : 'Applies after a restart'}</span>
          <span>Default: {valueText(setting.default) || 'empty'}</span>
          {source === 'file' && <span>Set in config.toml</span>}
        </p>
      </div>
      <div className="min-w-0">
        {type === 'boolean' ? (
          <div className="flex h-7 items-center justify-end gap-2">
            <span className="text-ink-soft text-xs">{value === true ? 'On' : 'Off'}</span>
            <Switch
              label={titleOf(key)}
              checked={value === true}
              disabled={overridden || saving}
              onChange={(on) => void save(String(on))}
            />
          </div>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (changed) void save(text)
            }}
          >
            <TextInput
              label={titleOf(key)}
              hideLabel
              value={text}
              onChange={setText}
              onKeyDown={(event) => {
                if (event.key === 'Escape') setText(valueText(value))
              }}
              error={error}
              disabled={overridden}
              code={type !== 'integer'}
              inputMode={type === 'integer' ? 'numeric' : undefined}
              placeholder={valueText(setting.default) === '' ? 'Empty' : undefined}
              action={
                changed && (
                  <Button kind="primary" type="submit" busy={saving}>
                    Save
                  </Button>
                )
              }
            />
          </form>
        )}
        {overridden && (
          <p className="pt-1 text-xs">
            <StateBadge tone="attention" label={`Set by ${environment}`} />
          </p>
        )}
        {source === 'file' && !changed && (
          <button
            type="button"
            disabled={saving}
            onClick={() => void save(valueText(setting.default))}
            className="mt-1 rounded-sm text-accent-ink text-xs hover:underline"
          >
            Set back to the default
          </button>
        )}
      </div>
    </li>
  )
}

import { Check, ChevronDown, type LucideIcon, Minus } from 'lucide-react'
import { RadioGroup, Select as RadixSelect, Switch as RadixSwitch } from 'radix-ui'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'
import { useRowTabIndex } from './row-context.ts'

const CONTROL =
  'w-full rounded-md bg-surface px-2 text-ink text-xs shadow-[inset_0_0_0_1px_var(--line-control)] transition-shadow hover:shadow-[inset_0_0_0_1px_var(--ink-faint)] focus:outline-2 focus:outline-focus focus:-outline-offset-1 disabled:bg-sunken disabled:text-ink-disabled disabled:shadow-[inset_0_0_0_1px_var(--line-strong)] aria-invalid:shadow-[inset_0_0_0_1px_var(--failed)]'

interface Described {
  label: string
  hideLabel?: boolean
  hint?: ReactNode
  error?: string | null
}

interface FieldProps extends Described {
  id: string
  children: ReactNode
}

function Field({ id, label, hideLabel = false, hint, error, children }: FieldProps) {
  return (
    <div className="space-y-1">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'block font-medium text-ink text-xs'}>
        {label}
      </label>
      {children}
      {error !== undefined && error !== null ? (
        <p id={`${id}-hint`} role="alert" className="text-failed text-xs">
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p id={`${id}-hint`} className="text-ink-faint text-xs">
            {hint}
          </p>
        )
      )}
    </div>
  )
}

export interface TextInputProps extends Described, Omit<ComponentProps<'input'>, 'onChange' | 'value' | 'id'> {
  value: string
  onChange: (value: string) => void
  /** CIDs, paths, addresses: in the fixed-width face and without correction. */
  code?: boolean
  /** A button at the end of the field. */
  action?: ReactNode
}

export function TextInput(props: TextInputProps) {
  const { label, hideLabel, hint, error, value, onChange, code = false, action, className, ...rest } = props
  const id = useId()
  const invalid = error !== undefined && error !== null
  return (
    <Field id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      <div className="flex gap-2">
        <input
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={invalid || undefined}
          aria-describedby={invalid || hint !== undefined ? `${id}-hint` : undefined}
          autoComplete="off"
          autoCorrect={code ? 'off' : undefined}
          spellCheck={code ? false : undefined}
          className={classNames(CONTROL, 'h-7 min-w-0', code && 'font-mono', className)}
          {...rest}
        />
        {action}
      </div>
    </Field>
  )
}

export interface TextAreaProps extends Described {
  value: string
  onChange: (value: string) => void
  rows: number
  placeholder?: string
}

/** Several lines of CIDs, paths or addresses. */
export function TextArea({ label, hideLabel, hint, error, value, onChange, rows, placeholder }: TextAreaProps) {
  const id = useId()
  return (
    <Field id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      <textarea
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        rows={rows}
        placeholder={placeholder}
        aria-describedby={hint !== undefined ? `${id}-hint` : undefined}
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        className={classNames(CONTROL, 'block resize-y py-1.5 font-mono')}
      />
    </Field>
  )
}

export interface Choice<Value extends string> {
  value: Value
  label: string
  hint?: string
}

interface SelectProps<Value extends string> extends Described {
  value: Value
  choices: readonly Choice<Value>[]
  onChange: (value: Value) => void
  disabled?: boolean
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, hideLabel, hint, error, value, choices, onChange, disabled = false } = props
  const id = useId()
  return (
    <Field id={id} label={label} hideLabel={hideLabel} hint={hint} error={error}>
      <RadixSelect.Root value={value} onValueChange={(next) => onChange(next as Value)} disabled={disabled}>
        <RadixSelect.Trigger id={id} className={classNames(CONTROL, 'flex h-7 items-center justify-between gap-2')}>
          <RadixSelect.Value />
          <RadixSelect.Icon>
            <ChevronDown aria-hidden className="size-3.5 text-ink-faint" />
          </RadixSelect.Icon>
        </RadixSelect.Trigger>
        <RadixSelect.Portal>
          <RadixSelect.Content
            position="popper"
            sideOffset={4}
            className="z-50 max-h-80 min-w-(--radix-select-trigger-width) rounded-md bg-raised p-1 shadow-raised"
          >
            <RadixSelect.Viewport>
              {choices.map((choice) => (
                <RadixSelect.Item
                  key={choice.value}
                  value={choice.value}
                  className="flex items-start gap-2 rounded-sm px-2 py-1 text-ink text-xs outline-none data-[highlighted]:bg-hover"
                >
                  <span className="w-3.5 pt-0.5">
                    <RadixSelect.ItemIndicator>
                      <Check aria-hidden className="size-3.5" />
                    </RadixSelect.ItemIndicator>
                  </span>
                  <span>
                    <RadixSelect.ItemText>{choice.label}</RadixSelect.ItemText>
                    {choice.hint !== undefined && <span className="block text-ink-faint">{choice.hint}</span>}
                  </span>
                </RadixSelect.Item>
              ))}
            </RadixSelect.Viewport>
          </RadixSelect.Content>
        </RadixSelect.Portal>
      </RadixSelect.Root>
    </Field>
  )
}

interface RadioCardsProps<Value extends string> {
  label: string
  value: Value
  choices: readonly (Choice<Value> & { icon?: LucideIcon })[]
  onChange: (value: Value) => void
}

/** A choice whose consequences need a sentence each. */
export function RadioCards<Value extends string>({ label, value, choices, onChange }: RadioCardsProps<Value>) {
  const id = useId()
  return (
    <div className="space-y-1">
      <span id={id} className="block font-medium text-ink text-xs">
        {label}
      </span>
      <RadioGroup.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => onChange(next as Value)}
        className="space-y-1.5"
      >
        {choices.map(({ value: own, label: name, hint, icon: Icon }) => (
          <label
            key={own}
            htmlFor={`${id}-${own}`}
            className="flex gap-3 rounded-md px-3 py-2 shadow-[inset_0_0_0_1px_var(--line-strong)] transition-colors hover:bg-hover has-data-[state=checked]:bg-accent-soft has-data-[state=checked]:shadow-[inset_0_0_0_1px_var(--accent)]"
          >
            <RadioGroup.Item
              id={`${id}-${own}`}
              value={own}
              className="mt-0.75 flex size-3.5 shrink-0 items-center justify-center rounded-full bg-surface shadow-[inset_0_0_0_1px_var(--line-control)] data-[state=checked]:bg-accent data-[state=checked]:shadow-none"
            >
              <RadioGroup.Indicator className="size-1.5 rounded-full bg-on-accent" />
            </RadioGroup.Item>
            <span className="min-w-0 flex-1">
              <span className="flex items-center gap-1.5 font-medium text-ink">
                {Icon && <Icon aria-hidden className="size-3.5 text-ink-faint" />}
                {name}
              </span>
              {hint !== undefined && <span className="block text-ink-soft text-xs">{hint}</span>}
            </span>
          </label>
        ))}
      </RadioGroup.Root>
    </div>
  )
}

interface CheckboxProps {
  label: string
  hint?: string
  hideLabel?: boolean
  checked: boolean | 'indeterminate'
  onChange: (checked: boolean, withShift: boolean) => void
  disabled?: boolean
}

const BOX_CHECKED =
  'mt-0.75 flex size-3.5 shrink-0 items-center justify-center rounded-sm bg-accent disabled:opacity-50'
const BOX =
  'mt-0.75 flex size-3.5 shrink-0 items-center justify-center rounded-sm bg-surface shadow-[inset_0_0_0_1px_var(--line-control)] disabled:opacity-50'

export function Checkbox({ label, hint, hideLabel = false, checked, onChange, disabled = false }: CheckboxProps) {
  const id = useId()
  const box = (
    // biome-ignore lint/a11y/useSemanticElements: an input that React controls costs a row of a table far more
    <button
      type="button"
      role="checkbox"
      id={id}
      tabIndex={useRowTabIndex()}
      aria-checked={checked === 'indeterminate' ? 'mixed' : checked}
      aria-label={hideLabel ? label : undefined}
      disabled={disabled}
      onClick={({ shiftKey }) => onChange(checked !== true, shiftKey)}
      className={checked === false ? BOX : BOX_CHECKED}
    >
      {checked === 'indeterminate' && <Minus aria-hidden className="size-3 text-on-accent" strokeWidth={3} />}
      {checked === true && <Check aria-hidden className="size-3 text-on-accent" strokeWidth={3} />}
    </button>
  )
  if (hideLabel) return box
  return (
    <div className="flex gap-2">
      {box}
      <label htmlFor={id} className={disabled ? 'text-ink-disabled' : 'text-ink'}>
        {label}
        {hint !== undefined && <span className="block text-ink-faint text-xs">{hint}</span>}
      </label>
    </div>
  )
}

interface SwitchProps {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}

export function Switch({ label, checked, onChange, disabled = false }: SwitchProps) {
  return (
    <RadixSwitch.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      className="h-4.5 w-8 shrink-0 rounded-full bg-line-control p-0.5 transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-3.5 rounded-full bg-on-accent transition-transform data-[state=checked]:translate-x-3.5" />
    </RadixSwitch.Root>
  )
}

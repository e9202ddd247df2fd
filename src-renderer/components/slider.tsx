import { Slider as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface SliderProps {
  /** One thumb for each value, ascending. */
  values: readonly number[]
  /** Accessible name of each thumb. */
  labels: readonly string[]
  /** What each thumb's value is in words. */
  texts: readonly string[]
  min: number
  max: number
  step?: number
  /** How far apart thumbs stay. */
  gap?: number
  disabled?: boolean
  onChange: (values: number[]) => void
  /** Drawn on the track. */
  children?: ReactNode
}

/** A value, or several, along a track: with the mouse, arrow keys, Page Up and Down, Home and End. */
export function Slider(props: SliderProps) {
  const { values, labels, texts, min, max, step = 1, gap = 0, disabled = false, onChange, children } = props
  return (
    <Radix.Root
      value={[...values]}
      min={min}
      max={max}
      step={step}
      minStepsBetweenThumbs={gap / step}
      disabled={disabled}
      onValueChange={onChange}
      className="relative flex h-6 w-full touch-none select-none items-center data-[disabled]:opacity-50"
    >
      <Radix.Track className="relative h-1.5 grow overflow-hidden rounded-full bg-idle-soft shadow-[inset_0_0_0_1px_var(--line)]">
        {children ?? <Radix.Range className="absolute h-full bg-accent" />}
      </Radix.Track>
      {labels.map((label, position) => (
        <Radix.Thumb
          key={label}
          aria-label={label}
          aria-valuetext={texts[position]}
          className="block size-4 rounded-full bg-on-accent shadow-[inset_0_0_0_1.5px_var(--accent),0_1px_2px_rgb(0_0_0/0.2)] outline-offset-2 transition-colors"
        />
      ))}
    </Radix.Root>
  )
}

import {
  Circle,
  CircleCheck,
  CircleDashed,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react'
import type { ComponentProps } from 'react'
import { classNames } from './class-names.ts'

/** The six states that anything can be in. Each has an icon, so that none depends on colour. */
export type Tone = 'ok' | 'working' | 'waiting' | 'attention' | 'failed' | 'idle'

const TONES: Record<Tone, { icon: LucideIcon; text: string; soft: string }> = {
  ok: { icon: CircleCheck, text: 'text-ok', soft: 'bg-ok-soft' },
  working: { icon: LoaderCircle, text: 'text-working', soft: 'bg-working-soft' },
  waiting: { icon: Clock, text: 'text-waiting', soft: 'bg-waiting-soft' },
  attention: { icon: TriangleAlert, text: 'text-attention', soft: 'bg-attention-soft' },
  failed: { icon: CircleX, text: 'text-failed', soft: 'bg-failed-soft' },
  idle: { icon: CircleDashed, text: 'text-idle', soft: 'bg-idle-soft' },
}

export const toneText = (tone: Tone): string => TONES[tone].text
export const toneSoft = (tone: Tone): string => TONES[tone].soft

interface ToneIconProps {
  tone: Tone
  /** Bytes move: the icon of `working` turns. */
  moving?: boolean
  className?: string
}

export function ToneIcon({ tone, moving = false, className }: ToneIconProps) {
  const Icon = tone === 'working' && !moving ? Circle : TONES[tone].icon
  return (
    <Icon
      aria-hidden
      className={classNames('size-3.5 shrink-0', TONES[tone].text, moving && 'animate-turn', className)}
    />
  )
}

interface StateBadgeProps extends ToneIconProps, ComponentProps<'span'> {
  /** The state's word. */
  label: string
  /** `inline` for table cells, `filled` where it stands alone. */
  look?: 'inline' | 'filled'
}

export function StateBadge({ tone, label, moving, look = 'inline', className, ...rest }: StateBadgeProps) {
  return (
    <span
      {...rest}
      className={classNames(
        'inline-flex min-w-0 items-center gap-1.5',
        TONES[tone].text,
        look === 'filled' && ['h-6 rounded-full px-2 font-medium text-xs', TONES[tone].soft],
        className,
      )}
    >
      <ToneIcon tone={tone} moving={moving} />
      <span className="truncate">{label}</span>
    </span>
  )
}

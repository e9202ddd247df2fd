/** The mark: a roof on two posts, and the CAR below it. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <g className="stroke-on-accent" fill="none" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round">
        <path d="M5.5 12.5 16 7l10.5 5.5" />
        <path d="M8 14.5V25M24 14.5V25" />
      </g>
      <rect x="11.5" y="17" width="9" height="8" rx="1.6" className="fill-on-accent" />
    </svg>
  )
}

import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'

const WIDTH = 16
const LINE_PX = 18

/** Bytes as offset, hex and text, sixteen a line. */
export function HexView({ bytes, label }: { bytes: Uint8Array; label: string }) {
  const scroller = useRef<HTMLDivElement>(null)
  const lines = useVirtualizer({
    count: Math.ceil(bytes.length / WIDTH),
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 12,
  })
  return (
    <section ref={scroller} aria-label={label} tabIndex={0} className="h-full overflow-auto px-4 py-3">
      <div className="relative w-max" style={{ height: lines.getTotalSize() }}>
        {lines.getVirtualItems().map(({ index, start }) => {
          const line = bytes.subarray(index * WIDTH, (index + 1) * WIDTH)
          return (
            <div
              key={index}
              className="selectable absolute left-0 flex gap-5 whitespace-pre font-mono text-xs"
              style={{ transform: `translateY(${start}px)`, height: LINE_PX }}
            >
              <span className="text-ink-faint">{(index * WIDTH).toString(16).padStart(8, '0')}</span>
              <span className="text-ink">{hexText(line)}</span>
              <span className="text-ink-soft">{printableText(line)}</span>
            </div>
          )
        })}
      </div>
    </section>
  )
}

/** `00 01 … 07  08 … 0f`, padded to a full line. */
export function hexText(line: Uint8Array): string {
  let text = ''
  for (let position = 0; position < WIDTH; position++) {
    const byte = line[position]
    text += byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')
    if (position < WIDTH - 1) text += position === WIDTH / 2 - 1 ? '  ' : ' '
  }
  return text
}

/** ASCII as it is, everything else as a middle dot. */
export function printableText(line: Uint8Array): string {
  return Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
}

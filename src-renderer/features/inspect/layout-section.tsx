import { ChevronRight } from 'lucide-react'
import { Collapsible } from 'radix-ui'
import { useState } from 'react'
import type { CarInspection } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { type Fact, Facts } from '../../components/index.ts'
import { useLoaded, useServices } from '../../state/index.ts'

/** What the file says of itself: read only when somebody wants to know. */
export function LayoutSection({ path }: { path: string }) {
  const { client } = useServices()
  const [open, setOpen] = useState(false)
  const layout = useLoaded(open ? path : null, (signal) => client.inspect.inspect({ path, full: false }, { signal }))
  return (
    <Collapsible.Root open={open} onOpenChange={setOpen}>
      <Collapsible.Trigger className="group/layout flex h-6 items-center gap-1 rounded-sm font-semibold text-ink text-xs">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-data-[state=open]/layout:rotate-90" />
        Layout of the file
      </Collapsible.Trigger>
      <Collapsible.Content className="pt-2 pl-4.5">
        {layout.status === 'failed' ? (
          <p className="text-failed text-xs">{layout.error.message}</p>
        ) : layout.value === null ? (
          <p className="text-ink-faint text-xs">Reading…</p>
        ) : (
          <Facts className="grid-cols-[132px_1fr]" facts={factsOf(layout.value)} />
        )}
      </Collapsible.Content>
    </Collapsible.Root>
  )
}

function factsOf(layout: CarInspection): Fact[] {
  const { blockLength, cidLength } = layout
  return [
    ['Version', String(layout.version)],
    [
      'Payload',
      `${layout.payloadBytes.toLocaleString('en')} bytes at byte ${layout.payloadOffset.toLocaleString('en')}`,
    ],
    [
      'Index',
      layout.indexCodec === null ? 'None' : `${layout.indexCodec} at byte ${layout.indexOffset?.toLocaleString('en')}`,
    ],
    ['Fully indexed', layout.fullyIndexed ? 'Yes' : 'No'],
    ['Finished', layout.finalized ? 'Yes' : 'No'],
    ['Positional references', layout.isReferenceCar ? 'Yes: leaves are in another file' : 'No'],
    ['Blocks', layout.blockCount.toLocaleString('en')],
    [
      'Block sizes',
      `${formatBytes(blockLength.min)} to ${formatBytes(blockLength.max)}, ${formatBytes(blockLength.mean)} on average`,
    ],
    ['CID lengths', `${cidLength.min} to ${cidLength.max} bytes`],
    ['Codecs', countsOf(layout.codecs)],
    ['Hashes', countsOf(layout.multihashes)],
    ['Zeros at the end', formatBytes(layout.trailingZeroBytes)],
  ]
}

function countsOf(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
    .join(', ')
}

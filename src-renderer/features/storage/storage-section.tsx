import { useStore } from 'zustand'
import type { SystemStatus } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Button, DiskBar, diskFill, PathText, Section } from '../../components/index.ts'
import { useLoaded, useServices } from '../../state/index.ts'
import { openGcDialog } from './gc-dialog.tsx'
import { type Quota, quotaOf } from './quota.ts'
import { openQuotaDialog, QuotaBar, quotaChanges } from './quota-dialog.tsx'

type Disk = SystemStatus['disk']
type Folder = Disk['byPurpose'][number]

/** The disk as one bar, then every folder: what it takes, and what is free where it lies. */
export function StorageSection({ disk, provider }: { disk: Disk; provider: boolean }) {
  const { client } = useServices()
  const { byPurpose, freeBytes, totalBytes } = disk
  const changes = useStore(quotaChanges)
  const transients = byPurpose.find(({ purpose }) => purpose === 'transients')
  const settings = useLoaded(
    'storage',
    (signal) => client.settings.show(undefined, { signal }),
    `${transients?.bytes ?? 0}/${changes}`,
  )
  const quota = settings.value === null ? null : (quotaOf(settings.value.settings)?.quota ?? null)
  return (
    <Section
      title="Storage"
      action={
        provider && (
          <span className="flex gap-1">
            <Button size="sm" kind="quiet" onClick={openQuotaDialog}>
              Quota…
            </Button>
            <Button size="sm" kind="quiet" onClick={openGcDialog}>
              Collect garbage…
            </Button>
          </span>
        )
      }
    >
      <div className="rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
        <div className="p-4">
          <DiskBar
            totalBytes={totalBytes}
            freeBytes={freeBytes}
            parts={byPurpose.map((folder) => ({
              id: folder.purpose,
              bytes: isSameDisk(folder, disk) ? folder.bytes : 0,
            }))}
          />
        </div>
        <ul aria-label="Folders" className="divide-y divide-line border-line border-t">
          {byPurpose.map((folder, position) => (
            <FolderGauge
              key={folder.purpose}
              folder={folder}
              fill={diskFill(position)}
              elsewhere={!isSameDisk(folder, disk)}
              quota={folder.purpose === 'transients' ? quota : null}
            />
          ))}
        </ul>
      </div>
    </Section>
  )
}

const PURPOSES: Record<Folder['purpose'], string> = {
  imports: 'Imports',
  retrievals: 'Retrievals',
  staging: 'Deals being received',
  pieces: 'Pieces',
  indexes: 'Indexes',
  postings: 'Inverted index',
  transients: 'Transients',
  metadata: 'Records',
  logs: 'Logs',
}

/** Free space changes while it is measured, the size of a disk does not. */
function isSameDisk({ totalBytes }: Folder, disk: Disk): boolean {
  return totalBytes === disk.totalBytes
}

interface FolderGaugeProps {
  folder: Folder
  fill: string
  /** Not on the disk of the data directory. */
  elsewhere: boolean
  quota: Quota | null
}

function FolderGauge({ folder, fill, elsewhere, quota }: FolderGaugeProps) {
  const { purpose, path, bytes, freeBytes } = folder
  const limited = quota !== null && quota.maxBytes > 0
  const share = bytes + freeBytes > 0 ? (bytes / (bytes + freeBytes)) * 100 : 0
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_minmax(120px,28%)_minmax(0,184px)] items-center gap-4 px-4 py-2 text-xs max-[760px]:grid-cols-[minmax(0,1fr)_minmax(0,160px)]">
      <div className="min-w-0">
        <p className="flex items-center gap-2 text-ink">
          <span aria-hidden className={`size-2 shrink-0 rounded-sm ${fill}`} />
          {PURPOSES[purpose]}
        </p>
        <PathText path={path} className="pl-4 text-ink-faint" />
      </div>
      <div className="max-[760px]:hidden">
        {limited ? (
          <QuotaBar quota={quota} usedBytes={bytes} fill={fill} />
        ) : (
          <div
            role="img"
            aria-label={`${formatBytes(bytes)} of ${formatBytes(bytes + freeBytes)} that it could take`}
            className="h-1.5 overflow-hidden rounded-full bg-idle-soft"
          >
            <div className={`h-full ${fill}`} style={{ width: `${share}%`, minWidth: bytes > 0 ? 2 : 0 }} />
          </div>
        )}
      </div>
      <div className="figures text-right">
        <p className="text-ink">
          {formatBytes(bytes)}
          {limited && <span className="text-ink-soft"> of {formatBytes(quota.maxBytes)}</span>}
        </p>
        <p className="text-ink-faint">
          {formatBytes(freeBytes)} free{elsewhere && ', another disk'}
        </p>
      </div>
    </li>
  )
}

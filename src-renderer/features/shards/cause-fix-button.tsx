import { Button } from '../../components/index.ts'
import { goTo, useRow, useServices } from '../../state/index.ts'
import { openGcDialog, openQuotaDialog } from '../storage/index.ts'
import { openBulkDialog } from './bulk/bulk-dialog.tsx'
import { BULK_WORDS } from './bulk/bulk-words.ts'
import { type CauseFix, type CauseGroup, mountedFile, settingsFor } from './error-causes.ts'

interface CauseFixButtonProps {
  fix: CauseFix
  group: CauseGroup
  primary: boolean
  /** Beside the one shard that it is about: no number. */
  bare?: boolean
}

/** What is done to shards is planned first, also to a single one: how many it will be done to, and which are passed over. */
export function CauseFixButton({ fix, group: { shards, title }, primary, bare = false }: CauseFixButtonProps) {
  const { stores } = useServices()
  const piece = useRow(stores.pieces, fix === 'verify' ? (shards[0]?.key ?? null) : null)
  const kind = primary ? 'primary' : 'plain'
  const count = bare ? '' : ` ${shards.length.toLocaleString('en')}`
  switch (fix) {
    case 'recover':
    case 'reindex':
    case 'destroy':
      return (
        <Button
          kind={kind}
          icon={BULK_WORDS[fix].icon}
          onClick={() => openBulkDialog({ verb: fix, wanted: { keys: shards.map(({ key }) => key) } })}
        >
          {`${BULK_WORDS[fix].verb}${count}…`}
        </Button>
      )
    case 'collect-garbage':
      return (
        <Button kind={kind} onClick={openGcDialog}>
          Collect garbage…
        </Button>
      )
    case 'quota':
      return (
        <Button kind={kind} onClick={openQuotaDialog}>
          Quota…
        </Button>
      )
    case 'sources': {
      const place = shards[0] === undefined ? 'Pieces' : settingsFor(shards[0])
      const label = place.startsWith('Pieces') ? 'Piece sources' : 'Settings'
      return (
        <Button kind={kind} aria-label={`${label}, for: ${title}`} onClick={() => goTo('settings', place)}>
          {label}
        </Button>
      )
    }
    case 'verify': {
      const path = piece?.path ?? (shards[0] === undefined ? null : mountedFile(shards[0]))
      return path === null ? null : (
        <Button kind={kind} onClick={() => goTo('inspect', path)}>
          {shards.length === 1 ? 'Verify' : 'Verify the first'}
        </Button>
      )
    }
  }
}

import type { LotusDeal } from '../../../src-shared/contract/index.ts'
import { shortCid } from '../../../src-shared/format/index.ts'
import { StateBadge } from '../../components/index.ts'

/** Deals of a migrated lotus-miner on one piece: Carport has no details of them, only their number and last known state. */
export function LotusDeals({ deals }: { deals: readonly LotusDeal[] }) {
  return (
    <ul aria-label="Deals in Lotus" className="space-y-1 text-xs">
      {deals.map(({ proposalCid, dealId, state }) => (
        <li key={proposalCid} className="flex justify-between gap-3">
          <span className="selectable min-w-0 truncate font-mono" title={`Proposal ${proposalCid}`}>
            {dealId === '0' ? shortCid(proposalCid) : dealId}
          </span>
          <StateBadge tone="idle" label={state.replace(/^StorageDeal/, '')} />
        </li>
      ))}
    </ul>
  )
}

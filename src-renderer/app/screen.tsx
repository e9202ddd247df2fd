import { ActivityScreen } from '../features/activity/index.ts'
import { DealsScreen } from '../features/deals/index.ts'
import { ImportsScreen } from '../features/imports/index.ts'
import { InspectScreen } from '../features/inspect/index.ts'
import { MigrationScreen } from '../features/migration/index.ts'
import { OverviewScreen } from '../features/overview/index.ts'
import { PiecesScreen } from '../features/pieces/index.ts'
import { RetrievalsScreen } from '../features/retrievals/index.ts'
import { SettingsScreen } from '../features/settings/index.ts'
import { ShardsScreen } from '../features/shards/index.ts'
import { TransfersScreen } from '../features/transfers/index.ts'
import type { Place } from '../state/index.ts'

/** The screen of a place. */
export function Screen({ place: { section, id, part, at } }: { place: Place }) {
  switch (section) {
    case 'overview':
      return <OverviewScreen />
    case 'imports':
      return <ImportsScreen openId={id} />
    case 'deals':
      return <DealsScreen openId={id} />
    case 'retrievals':
      return <RetrievalsScreen openId={id} />
    case 'shards':
      return <ShardsScreen openId={id} part={part} at={at} />
    case 'pieces':
      return <PiecesScreen openId={id} />
    case 'migration':
      return <MigrationScreen />
    case 'transfers':
      return <TransfersScreen openId={id} />
    case 'inspect':
      return <InspectScreen path={id} />
    case 'activity':
      return <ActivityScreen openId={id} />
    case 'settings':
      return <SettingsScreen />
  }
}

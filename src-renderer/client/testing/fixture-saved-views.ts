import type { SavedView } from '../../../src-shared/contract/index.ts'

export const FIXTURE_VIEWS: SavedView[] = [
  {
    id: 'large',
    table: 'shards',
    name: 'Large and sealed',
    look: {
      ...{ chip: 'errored', query: 'sealed', sort: { column: 'size', descending: true } },
      ...{ widths: {}, visible: { url: true, lazy: true } },
    },
  },
  {
    id: 'served',
    table: 'shards',
    name: 'Being read',
    look: { chip: 'serving', query: '', sort: { column: 'readers', descending: true }, widths: {}, visible: {} },
  },
]

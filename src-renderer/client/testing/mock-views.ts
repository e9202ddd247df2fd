import type { SavedView } from '../../../src-shared/contract/index.ts'
import type { Answers, MockTables } from './mock-engine.ts'

export function mockViews({ views }: MockTables, { answer, watch }: Answers) {
  return {
    list: () => answer(() => views.rows()),
    watch: watch(views),
    save: (view: SavedView) => answer(() => views.set({ ...view, id: view.id ?? String(views.rows().length) })),
    remove: ({ id }: { id: string }) =>
      answer(() => {
        const view = views.get(id)
        views.delete(id)
        return view
      }),
  }
}

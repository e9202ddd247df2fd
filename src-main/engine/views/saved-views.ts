import type { SavedView } from '../../../src-shared/contract/index.ts'
import { type Clock, EngineError, type Logger, NanoIds, Table } from '../base/index.ts'
import { JsonRecords, type Store } from '../store/index.ts'

const MOST_VIEWS = 500

/** Named ways to look at a table, kept for every window of this engine. */
export class SavedViews {
  readonly table = new Table<SavedView>(({ id }) => id)
  readonly #records: JsonRecords<SavedView>
  readonly #ids: NanoIds

  private constructor(records: JsonRecords<SavedView>, clock: Clock) {
    this.#records = records
    this.#ids = new NanoIds(clock)
  }

  /** A record that cannot be read is left where it is, and logged. */
  static async open({ store, clock, log }: { store: Store; clock: Clock; log: Logger }): Promise<SavedViews> {
    const records = new JsonRecords<SavedView>(store, '/views')
    const views = new SavedViews(records, clock)
    const onDamaged = (id: string) => log.warn('a saved view cannot be read', { id })
    for await (const [, view] of records.entries(onDamaged)) views.table.set(view)
    return views
  }

  list(): SavedView[] {
    return this.table.rows()
  }

  /** INVALID_ARGUMENT where the table has a view of this name, or there are too many. */
  async save(input: Omit<SavedView, 'id'> & { id: string | null }): Promise<SavedView> {
    const { table, name } = input
    const same = this.list().find((view) => view.table === table && view.name === name && view.id !== input.id)
    if (same !== undefined)
      throw new EngineError('INVALID_ARGUMENT', `There is a view named "${name}" already. Choose another name.`)
    if (input.id === null && this.table.size >= MOST_VIEWS)
      throw new EngineError('INVALID_ARGUMENT', `There are ${MOST_VIEWS} views already. Delete one first.`)
    const view: SavedView = { ...input, id: input.id ?? this.#ids.next() }
    await this.#records.put(view.id, view)
    this.table.set(view)
    return view
  }

  async remove(id: string): Promise<SavedView> {
    const view = this.table.get(id)
    if (view === undefined) throw new EngineError('INVALID_ARGUMENT', 'The view is not there any more.')
    await this.#records.delete(id)
    this.table.delete(id)
    return view
  }
}

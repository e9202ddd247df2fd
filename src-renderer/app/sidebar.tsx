import { classNames, Logo, Tooltip } from '../components/index.ts'
import { needsPerson } from '../features/imports/index.ts'
import { hrefOf, type SectionId, usePlace, useServices, useStatus, useTableState } from '../state/index.ts'
import { GROUPS, type SectionEntry } from './sections.ts'

/** Where one can go. The numbers count what needs a person, never what is fine. */
export function Sidebar() {
  const { value: status } = useStatus()
  const counts = useAttentionCounts()
  const groups = GROUPS.filter(({ role }) => role === null || status === null || status.roles.includes(role))
  return (
    <nav
      aria-label="Sections"
      className="flex w-46 shrink-0 flex-col gap-4 overflow-y-auto border-line border-r bg-sunken px-2 pt-3 pb-2 max-[860px]:w-13"
    >
      <div className="flex h-7 items-center gap-2 px-1.5">
        <Logo className="size-5 shrink-0" />
        <span className="font-semibold text-ink text-md tracking-tight max-[860px]:hidden">Carport</span>
      </div>
      {groups.map(({ title, sections }) => (
        <div key={sections[0]?.id} className="last:mt-auto">
          {title !== null && (
            <p className="px-2 pb-1 font-medium text-2xs text-ink-faint max-[860px]:sr-only">{title}</p>
          )}
          <ul className="space-y-px">
            {sections.map((section) => (
              <li key={section.id}>
                <SectionLink section={section} count={counts[section.id] ?? 0} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function SectionLink({ section: { id, label, icon: Icon }, count }: { section: SectionEntry; count: number }) {
  const current = usePlace().section === id
  return (
    <Tooltip text={count === 0 ? label : `${label}: ${count.toLocaleString('en')} need attention`} side="right">
      <a
        href={hrefOf(id)}
        aria-current={current ? 'page' : undefined}
        aria-describedby={count === 0 ? undefined : `${id}-count`}
        className={classNames(
          'relative flex h-7 cursor-default items-center gap-2 rounded-md px-2 transition-colors max-[860px]:justify-center',
          current ? 'bg-pressed font-medium text-ink' : 'text-ink-soft hover:bg-hover hover:text-ink',
        )}
      >
        <Icon aria-hidden className={classNames('size-4 shrink-0', current ? 'text-accent-ink' : 'text-ink-faint')} />
        <span className="truncate max-[860px]:sr-only">{label}</span>
        {count > 0 && (
          <span
            id={`${id}-count`}
            aria-hidden // told as the link's description, so that its name is the section's alone; a dot where there is no room
            className="figures ml-auto rounded-full bg-attention-soft px-1.5 font-medium text-2xs text-attention max-[860px]:absolute max-[860px]:top-0.5 max-[860px]:right-0.5 max-[860px]:size-2 max-[860px]:overflow-hidden max-[860px]:bg-attention max-[860px]:px-0 max-[860px]:text-transparent"
          >
            {count > 999 ? '999+' : count}
            <span className="sr-only"> need attention</span>
          </span>
        )}
      </a>
    </Tooltip>
  )
}

function useAttentionCounts(): Partial<Record<SectionId, number>> {
  const { stores } = useServices()
  const { value: status } = useStatus()
  const imports = useTableState(stores.imports).rows
  const deals = useTableState(stores.deals).rows
  const retrievals = useTableState(stores.retrievals).rows
  const transfers = useTableState(stores.transfers).rows
  const pieces = useTableState(stores.pieces).rows
  return {
    imports: imports.filter(needsPerson).length,
    deals: deals.filter(({ state }) => state === 'failed').length,
    retrievals: retrievals.filter(({ state, complete }) => state === 'failed' || (state === 'done' && !complete))
      .length,
    transfers: transfers.filter(({ state }) => state === 'failed').length,
    pieces: pieces.filter(({ hasShard, state }) => !hasShard && state !== 'missing').length,
    shards: status?.shards.Errored ?? 0,
  }
}

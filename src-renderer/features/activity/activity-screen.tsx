import { ScrollText, Search } from 'lucide-react'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { LogLine } from '../../../src-shared/contract/index.ts'
import {
  Button,
  type Chip,
  type Column,
  clockText,
  copyText,
  DataTable,
  Drawer,
  EmptyState,
  type Fact,
  Facts,
  IconButton,
  MissingDrawer,
  momentText,
  Page,
  Split,
  StateBadge,
} from '../../components/index.ts'
import { goTo, openFind, useServices } from '../../state/index.ts'
import { useSavedTableView } from '../saved-views/index.ts'
import { openDiagnosticsDialog } from './diagnostics-dialog.tsx'
import { fieldsText, LEVELS, lineText } from './log-words.ts'

const idOf = ({ seq }: LogLine) => String(seq)
const nameOf = ({ message }: LogLine) => message
const NEWEST_FIRST = { column: 'time', descending: true }

const COLUMNS: readonly Column<LogLine>[] = [
  {
    id: 'time',
    title: 'Time',
    width: 84,
    text: ({ at }) => at,
    sortBy: ({ seq }) => seq,
    cell: ({ at }) => <span className="figures font-mono text-ink-soft">{clockText(at)}</span>,
  },
  {
    id: 'level',
    title: 'Level',
    width: 96,
    text: ({ level }) => level,
    sortBy: ({ level }) => LEVELS[level].rank,
    cell: ({ level }) => <StateBadge tone={LEVELS[level].tone} label={LEVELS[level].label} />,
  },
  { id: 'logger', title: 'From', width: 112, text: ({ logger }) => logger },
  {
    id: 'message',
    title: 'What happened',
    width: 280,
    grow: true,
    text: (line) => `${line.message} ${fieldsText(line)}`,
    sortBy: ({ message }) => message,
    cell: (line) => (
      <span className="truncate">
        {line.message} <span className="font-mono text-2xs text-ink-faint">{fieldsText(line)}</span>
      </span>
    ),
  },
]

const CHIPS: readonly Chip<LogLine>[] = [
  { id: 'errors', label: 'Errors', test: ({ level }) => level === 'error' },
  { id: 'warnings', label: 'Warnings', test: ({ level }) => level === 'warn' },
  { id: 'info', label: 'Info', test: ({ level }) => level === 'info' },
  { id: 'debug', label: 'Debug', test: ({ level }) => level === 'debug', onlyWithRows: true },
]

/** What happened? The log as a table: newest first, held still while it is read. */
export function ActivityScreen({ openId }: { openId: string | null }) {
  const { stores } = useServices()
  const { lines, live } = useStore(stores.logs)
  useEffect(() => stores.logs.start(), [stores])
  const table = useSavedTableView('activity', NEWEST_FIRST)
  const close = () => goTo('activity')
  const open = openId === null ? undefined : lines.find((line) => idOf(line) === openId)
  return (
    <Split
      detail={
        openId === null ? null : open === undefined ? (
          <MissingDrawer kind="Log line" onClose={close} />
        ) : (
          <LineDrawer line={open} onClose={close} />
        )
      }
    >
      <Page title="Activity" actions={<Button onClick={openDiagnosticsDialog}>Diagnostics…</Button>}>
        <DataTable
          label="Activity"
          rows={lines}
          idOf={idOf}
          nameOf={nameOf}
          columns={COLUMNS}
          chips={CHIPS}
          {...table}
          status={live ? 'live' : lines.length > 0 ? 'stale' : 'loading'}
          asOf={lines.at(-1) === undefined ? null : Date.parse(lines.at(-1)?.at ?? '')}
          openId={openId}
          onOpen={(id) => goTo('activity', id)}
          menu={(chosen) => [
            { label: 'Copy', onSelect: () => void copyText(chosen.map(lineText).join('\n')) },
            ...chosen.slice(0, 1).map(({ logger }) => ({
              label: `Only from ${logger}`,
              onSelect: () => table.onView({ query: logger }),
            })),
          ]}
          bulkActions={(chosen) => (
            <Button size="sm" onClick={() => void copyText(chosen.map(lineText).join('\n'))}>
              Copy
            </Button>
          )}
          empty={
            <EmptyState icon={ScrollText} title="Nothing has happened yet">
              What Carport does is written here, line by line.
            </EmptyState>
          }
        />
      </Page>
    </Split>
  )
}

const SEARCHABLE = /^[\w:./-]{6,}$/

function LineDrawer({ line, onClose }: { line: LogLine; onClose: () => void }) {
  const { tone, label } = LEVELS[line.level]
  return (
    <Drawer
      kind="Log line"
      title={line.message}
      state={<StateBadge tone={tone} label={label} look="filled" />}
      onClose={onClose}
      actions={<Button onClick={() => void copyText(lineText(line))}>Copy</Button>}
    >
      <Facts
        facts={[
          ['When', momentText(line.at)],
          ['From', line.logger],
          ...Object.entries(line.fields).map(
            ([name, value]): Fact => [name, <FieldValue key={name} name={name} value={value} />],
          ),
        ]}
      />
    </Drawer>
  )
}

/** The value of a field; what may be an id can be looked for. */
function FieldValue({ name, value }: { name: string; value: LogLine['fields'][string] }) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 flex-1 break-all font-mono">{String(value)}</span>
      {typeof value === 'string' && SEARCHABLE.test(value) && (
        <IconButton icon={Search} label={`Find ${name}`} size="sm" onClick={() => openFind(value)} className="-my-1" />
      )}
    </span>
  )
}

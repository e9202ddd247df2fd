import { ClipboardCopy, FolderDown, Package, Wrench } from 'lucide-react'
import type { CarVerdict } from '../../../src-shared/contract/index.ts'
import { formatBytes } from '../../../src-shared/format/index.ts'
import { Button, Cid, type Fact, Facts, Section, ToneIcon, toneSoft, useCopy } from '../../components/index.ts'
import { openDialog } from '../../state/index.ts'
import { openImportDialog } from '../imports/index.ts'
import { openAddPieceDialog } from '../pieces/index.ts'
import { LayoutSection } from './layout-section.tsx'
import { RepairDialog } from './repair-dialog.tsx'
import { evidenceOf, repairedWords, repairWords, reportOf, splitVerdict } from './verdict-words.ts'

/** The verdict as the first sentence, then what follows from it, then the evidence. */
export function VerdictView({ verdict, repairs }: { verdict: CarVerdict; repairs: string[] }) {
  const { copied, copy } = useCopy()
  const [first, rest] = splitVerdict(verdict.verdict)
  const tone = verdict.ok ? 'ok' : verdict.repairs.length > 0 ? 'attention' : 'failed'
  return (
    <div className="space-y-6">
      <div className={`rounded-md p-5 ${toneSoft(tone)}`}>
        <div className="flex items-start gap-3">
          <ToneIcon tone={tone} className="mt-1 size-5" />
          <div className="min-w-0 flex-1">
            <h2 className="selectable text-balance font-semibold text-ink text-lg">{first}</h2>
            {rest !== '' && <p className="selectable pt-1 text-ink-soft">{rest}</p>}
            {repairs.length > 0 && (
              <p className="pt-1 text-ink-soft">This is the repaired copy: {repairedWords(repairs)}.</p>
            )}
            <div className="flex flex-wrap gap-2 pt-3">
              {verdict.repairs.length > 0 && (
                <Button
                  kind="primary"
                  icon={Wrench}
                  onClick={() => openDialog((close) => <RepairDialog verdict={verdict} onClose={close} />)}
                >
                  Repair…
                </Button>
              )}
              {verdict.ok && (
                <>
                  <Button icon={FolderDown} onClick={() => openImportDialog([verdict.path], 'car')}>
                    Import…
                  </Button>
                  <Button icon={Package} onClick={() => openAddPieceDialog(verdict.path)}>
                    Add as a piece…
                  </Button>
                </>
              )}
              <Button icon={ClipboardCopy} onClick={() => copy(reportOf(verdict))}>
                {copied ? 'Copied' : 'Copy report'}
              </Button>
            </div>
          </div>
        </div>
      </div>
      <Section title="Evidence">
        <ul className="divide-y divide-line rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--line)]">
          {evidenceOf(verdict).map((each) => (
            <li key={each.id} className="flex items-center gap-3 px-4 py-2 text-xs">
              <ToneIcon tone={each.tone} />
              <span className="w-28 shrink-0 font-medium text-ink">{each.what}</span>
              <span className="selectable min-w-0 text-ink-soft">{each.finding}</span>
            </li>
          ))}
        </ul>
        {verdict.repairs.length > 0 && (
          <p className="text-ink-faint text-xs">A repair would {repairWords(verdict.repairs)}.</p>
        )}
      </Section>
      {verdict.problems.length > 0 && <Problems problems={verdict.problems} />}
      <Section title="Identity">
        <Facts className="grid-cols-[132px_1fr]" facts={identityOf(verdict)} />
      </Section>
      {verdict.version !== null && <LayoutSection path={verdict.path} />}
    </div>
  )
}

function identityOf(verdict: CarVerdict): Fact[] {
  return [
    ...verdict.roots
      .slice(0, 20)
      .map(
        (root, at): Fact => [at === 0 ? 'Root' : `Root ${at + 1}`, <Cid key={root} value={root} kind="Root" full />],
      ),
    ['Piece CID', verdict.pieceCid === null ? null : <Cid key="v1" value={verdict.pieceCid} kind="Piece" full />],
    [
      'Piece CID v2',
      verdict.pieceCidV2 === null ? null : <Cid key="v2" value={verdict.pieceCidV2} kind="Piece" full />,
    ],
    ['Piece size', verdict.pieceSize === null ? null : `${sizeWords(verdict.pieceSize)}, padded`],
    ['Payload', verdict.version === null ? null : sizeWords(verdict.payloadBytes)],
    ['File size', sizeWords(verdict.fileBytes)],
    ['File', verdict.path],
  ]
}

function sizeWords(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${formatBytes(bytes)} (${bytes.toLocaleString('en')} bytes)`
}

function Problems({ problems }: { problems: CarVerdict['problems'] }) {
  const SHOWN = 200
  return (
    <Section title={problems.length === 1 ? 'One problem' : `${problems.length.toLocaleString('en')} problems`}>
      <ul className="selectable max-h-80 divide-y divide-line overflow-y-auto rounded-md bg-surface text-xs shadow-[inset_0_0_0_1px_var(--line)]">
        {problems.slice(0, SHOWN).map(({ code, message, offset }, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is made once
          <li key={position} className="px-4 py-2">
            <p className="text-ink">{message}</p>
            <p className="figures pt-0.5 font-mono text-2xs text-ink-faint">
              {code}
              {offset !== null && `, byte ${offset.toLocaleString('en')}`}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

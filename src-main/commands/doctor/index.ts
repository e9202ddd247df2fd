import { existsSync } from 'node:fs'
import { readEngineAddress } from '../../host/index.ts'
import { EXIT } from '../failure.ts'
import type { Style } from '../style.ts'
import type { VerbRun } from '../verb-run.ts'
import type { Verbs } from '../verbs.ts'
import type { Finding } from './finding.ts'

export const doctor = (verbs: Verbs) =>
  verbs
    .verb(
      'doctor',
      'look for what could go wrong, with a fix for each finding; exit code 1 when something does not work',
    )
    .action(
      verbs.run(async (run) => {
        const findings = await examine(run)
        const count = (status: Finding['status']) => findings.filter((each) => each.status === status).length
        const isWell = count('problem') === 0
        const { style } = run.output
        await run.output.result(
          { ok: isWell, problems: count('problem'), notes: count('note'), findings },
          () => [...findings.flatMap((finding) => linesOf(finding, style)), verdictOf(count('problem'), count('note'))],
          () => findings.filter(({ status }) => status !== 'ok').flatMap((finding) => linesOf(finding, style)),
        )
        if (!isWell) run.exitCode = EXIT.failed
      }),
    )

async function examine(run: VerbRun): Promise<Finding[]> {
  const { dataDir, environment } = run
  const { checkMachine } = await import('./check-machine.ts')
  const { checkDirectory } = await import('./check-directory.ts')
  const findings = [...(await checkMachine()), ...(await checkDirectory(dataDir))]
  const isUsable = findings.every(({ check, status }) => check !== 'directory' || status === 'ok')
  if (!isUsable || !existsSync(dataDir)) return findings
  const { checkSettings } = await import('./check-settings.ts')
  const { connectToRunning } = await import('../connect-running.ts')
  const running = (await readEngineAddress(dataDir)) === null ? null : await connectToRunning(dataDir).catch(() => null)
  await running?.close()
  const settings = await checkSettings(dataDir, environment, running !== null)
  findings.push(...settings)
  // With settings that cannot be read no engine opens: that has been said.
  if (settings.some(({ check, status }) => check === 'settings' && status === 'problem')) return findings
  const { checkRecords } = await import('./check-records.ts')
  const { Config } = await import('../../engine/index.ts')
  const { values } = await Config.load(dataDir, environment)
  findings.push(...(await checkRecords(dataDir, values.DAGStore.RootDir, running !== null)))
  // Opening damaged records repairs them, and to look is not to change.
  if (findings.some(({ check, status }) => check === 'records' && status === 'problem')) return findings
  const { checkEngine } = await import('./check-engine.ts')
  return [...findings, ...(await checkEngine(dataDir, () => run.connection()))]
}

const MARKS = { ok: '✓', note: '!', problem: '✗' } as const

function linesOf({ check, status, message, fix }: Finding, style: Style): string[] {
  const paint = status === 'ok' ? style.good : status === 'note' ? style.warning : style.bad
  const line = `${paint(MARKS[status])} ${check.padEnd(16)}  ${message}`
  return fix === null ? [line] : [line, `${' '.repeat(20)}${fix}`]
}

function verdictOf(problems: number, notes: number): string {
  if (problems === 0 && notes === 0) return 'All is well.'
  const parts = [
    ...(problems > 0 ? [`${problems} ${problems === 1 ? 'problem' : 'problems'}`] : []),
    ...(notes > 0 ? [`${notes} ${notes === 1 ? 'note' : 'notes'}`] : []),
  ]
  return `${parts.join(', ')}.`
}

import type { LogLine, SettingView, SystemInfo, SystemStatus } from '../../../src-shared/contract/index.ts'
import { lineText } from './log-words.ts'

export interface DiagnosticsSources {
  info: SystemInfo | null
  status: SystemStatus | null
  settings: readonly SettingView[]
  lines: readonly LogLine[]
  userAgent: string
}

const LOG_LINES = 300

/** What a report of a defect needs, as text that its sender can read first. Names of users and secrets are left out. */
export function diagnosticsText({ info, status, settings, lines, userAgent }: DiagnosticsSources): string {
  const changed = settings.filter(({ source }) => source !== 'default')
  const text = [
    '# Carport diagnostics',
    `Version: ${info?.version ?? 'unknown'} (${info?.host ?? 'unknown host'})`,
    `Window: ${userAgent}`,
    `Running since: ${info?.startedAt ?? 'unknown'}`,
    '',
    '## State',
    ...(status === null ? ['unknown'] : stateLines(status)),
    '',
    '## Settings that differ from their default',
    ...(changed.length === 0
      ? ['none']
      : changed.map(({ key, value, source }) => `${key} = ${JSON.stringify(value)} (${source})`)),
    '',
    `## Log, last ${Math.min(LOG_LINES, lines.length)} lines`,
    ...lines.slice(-LOG_LINES).map(lineText),
    '',
  ].join('\n')
  return redact(text)
}

/** Takes out home folders, tokens and the secrets of transfer addresses. */
export function redact(text: string): string {
  return text
    .replace(/(\/home\/|\/Users\/|[A-Za-z]:\\Users\\)[^/\\\s"']+/g, '$1…')
    .replace(/\b(token|secret|authorization|password|cookie)(["']?\s*[=:]\s*["']?)(bearer\s+)?[^\s"',]+/gi, '$1$2…')
    .replace(/\bBearer\s+[\w.~+/=-]+/g, 'Bearer …')
    .replace(/([?&](?:t|token|secret)=)[^\s&"']+/gi, '$1…')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '…')
}

function stateLines(status: SystemStatus): string[] {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([state, count]) => `${state} ${count}`)
      .join(', ') || 'none'
  return [
    `Roles: ${status.roles.join(', ')}`,
    `Imports: ${counts(status.imports)}`,
    `Deals: ${counts(status.deals)}`,
    `Retrievals: ${counts(status.retrievals)}`,
    `Shards: ${counts(status.shards)}`,
    `Transfers: ${status.transfers.active} active`,
    `Disk: ${status.disk.freeBytes} of ${status.disk.totalBytes} bytes free`,
    ...status.disk.byPurpose.map(({ purpose, bytes }) => `  ${purpose}: ${bytes} bytes`),
  ]
}

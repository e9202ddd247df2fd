import type { Figure } from './harness.ts'

/** The figures as a Markdown table, as they stand in README.md. */
export function renderTable(figures: readonly Figure[]): string {
  const lines = [
    '| # | work | value | limit | ratio | target | RSS MiB | |',
    '|---|---|---|---|---|---|---|---|',
    ...figures.map(row),
  ]
  return `${lines.join('\n')}\n`
}

function row(figure: Figure): string {
  const limit =
    figure.limit === null ? '' : `${number(figure.limit)}${figure.limitWhat === null ? '' : ` (${figure.limitWhat})`}`
  const target = `${figure.targetOf === 'ratio' ? 'ratio ' : ''}${number(figure.target)}`
  const cells = [
    figure.id,
    figure.what,
    `${number(figure.value)} ${figure.unit}`,
    limit,
    figure.ratio === null ? '' : figure.ratio.toFixed(2),
    target,
    String(figure.rssMiB),
    figure.ok ? 'ok' : 'missed',
  ]
  return `| ${cells.join(' | ')} |`
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

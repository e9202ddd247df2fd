import type { MigrationReport, MigrationSummary } from '../../../src-shared/contract/index.ts'
import { counted } from '../paths/index.ts'

/** `15 shards will be registered, 4 of which cannot be read yet, and 4 imports taken over. 88 are there already.` */
export function planSentence({ shards, imports }: MigrationSummary): string {
  const does = [
    ...(shards.register > 0
      ? [`${counted(shards.register, 'shard')} will be registered${unreadableText(shards.unreadable)}`]
      : []),
    ...(imports.takeOver > 0 ? [`${counted(imports.takeOver, 'import')} will be taken over`] : []),
    ...(imports.importAgain > 0 ? [`${counted(imports.importAgain, 'import')} will be imported again`] : []),
  ]
  const rest = [
    ...isAre(shards.present + imports.present, 'there already'),
    ...isAre(shards.skip + imports.skip, 'left out'),
    ...(shards.fail > 0 ? [`${shards.fail.toLocaleString('en')} will fail`] : []),
  ]
  const first = does.length === 0 ? 'There is nothing to take over' : joined(does)
  return rest.length === 0 ? `${first}.` : `${first}. ${rest.join(', ')}.`
}

/** `15 shards registered, 4 of which cannot be read yet, and 4 imports taken over` */
export function reportSentence({ registered, unreadable, imported }: MigrationReport): string {
  return joined([
    `${counted(registered.length, 'shard')} registered${unreadableText(unreadable.length)}`,
    ...(imported.length > 0 ? [`${counted(imported.length, 'import')} taken over`] : []),
  ])
}

/** `, 4 of which cannot be read yet`; nothing where all can. */
export function unreadableText(count: number): string {
  return count === 0 ? '' : `, ${count.toLocaleString('en')} of which cannot be read yet`
}

/** Whether a run would change anything. */
export function hasWork({ shards, imports }: MigrationSummary): boolean {
  return shards.register + imports.takeOver + imports.importAgain > 0
}

function isAre(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count.toLocaleString('en')} ${count === 1 ? 'is' : 'are'} ${what}`]
}

/** `a, b and c`; with a comma before the last where a part has one of its own. */
function joined(parts: string[]): string {
  const last = parts.at(-1) ?? ''
  if (parts.length < 2) return last
  const first = parts.slice(0, -1).join(', ')
  return `${first}${first.includes(' of which ') ? ',' : ''} and ${last}`
}

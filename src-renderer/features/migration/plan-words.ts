import { counted } from '../paths/index.ts'
import type { MigrationWork } from './migration-work.ts'

/** `312 shards will be registered and 4 imports taken over. 88 are there already, 40 are left out.` */
export function planSentence({ shards, imports }: Pick<MigrationWork, 'shards' | 'imports'>): string {
  const register = shards.filter(({ action }) => action === 'register').length
  const take = imports.filter(({ action }) => action === 'take-over').length
  const again = imports.filter(({ action }) => action === 'import-again').length
  const present =
    shards.filter(({ action }) => action === 'present').length +
    imports.filter(({ action }) => action === 'present').length
  const left =
    shards.filter(({ action }) => action === 'skip').length + imports.filter(({ action }) => action === 'skip').length
  const does = [
    ...(register > 0 ? [`${counted(register, 'shard')} will be registered`] : []),
    ...(take > 0 ? [`${counted(take, 'import')} will be taken over`] : []),
    ...(again > 0 ? [`${counted(again, 'import')} will be imported again`] : []),
  ]
  const rest = [
    ...(present > 0 ? [`${present.toLocaleString('en')} ${present === 1 ? 'is' : 'are'} there already`] : []),
    ...(left > 0 ? [`${left.toLocaleString('en')} ${left === 1 ? 'is' : 'are'} left out`] : []),
  ]
  const first = does.length === 0 ? 'There is nothing to take over' : joined(does)
  return rest.length === 0 ? `${first}.` : `${first}. ${rest.join(', ')}.`
}

/** Whether a run would change anything. */
export function hasWork({ shards, imports }: Pick<MigrationWork, 'shards' | 'imports'>): boolean {
  return (
    shards.some(({ action }) => action === 'register') ||
    imports.some(({ action }) => action === 'take-over' || action === 'import-again')
  )
}

/** `a, b and c` */
function joined(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

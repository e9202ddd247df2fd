import { counted } from '../paths/index.ts'
import type { MigrationWork } from './migration-work.ts'

/** `312 shards will be registered and 4 imports taken over. 88 are there already, 40 are left out.` */
export function planSentence({ shards, imports }: Pick<MigrationWork, 'shards' | 'imports'>): string {
  const register = shards.filter(({ action }) => action === 'register').length
  const take = imports.filter(({ verdict, present }) => verdict === 'good' && !present).length
  const present =
    shards.filter(({ action }) => action === 'present').length + imports.filter((each) => each.present).length
  const left =
    shards.filter(({ action }) => action === 'skip').length +
    imports.filter((each) => each.verdict !== 'good' && !each.present).length
  const does = [
    ...(register > 0 ? [`${counted(register, 'shard')} will be registered`] : []),
    ...(take > 0 ? [`${counted(take, 'import')} will be taken over`] : []),
  ]
  const rest = [
    ...(present > 0 ? [`${present.toLocaleString('en')} ${present === 1 ? 'is' : 'are'} there already`] : []),
    ...(left > 0 ? [`${left.toLocaleString('en')} ${left === 1 ? 'is' : 'are'} left out`] : []),
  ]
  const first = does.length === 0 ? 'There is nothing to take over' : does.join(' and ')
  return rest.length === 0 ? `${first}.` : `${first}. ${rest.join(', ')}.`
}

/** Whether a run would change anything. */
export function hasWork({ shards, imports }: Pick<MigrationWork, 'shards' | 'imports'>): boolean {
  return (
    shards.some(({ action }) => action === 'register') ||
    imports.some(({ verdict, present }) => verdict === 'good' && !present)
  )
}

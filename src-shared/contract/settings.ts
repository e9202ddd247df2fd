import { z } from 'zod'
import { procedure } from './schema.ts'

export const settingView = z.object({
  /** `DAGStore.MaxConcurrentIndex` */
  key: z.string(),
  type: z.enum(['string', 'integer', 'boolean', 'duration', 'bytes', 'strings']),
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
  source: z.enum(['default', 'file', 'environment']),
  /** The environment variable that overrides it. */
  environment: z.string(),
  /** When a change takes effect. */
  applies: z.enum(['live', 'restart']),
  description: z.string(),
})
export type SettingView = z.infer<typeof settingView>

export const settings = {
  show: procedure.output(z.object({ path: z.string(), settings: z.array(settingView) })),
  /** `value` as text, parsed by the key's type. Written to config.toml. */
  set: procedure.input(z.object({ key: z.string(), value: z.string() })).output(settingView),
}

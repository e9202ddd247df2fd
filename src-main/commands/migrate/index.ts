import type { Verbs } from '../verbs.ts'
import { plan } from './plan.ts'
import { run } from './run.ts'
import { status } from './status.ts'

export const migrateVerbs = (verbs: Verbs) =>
  verbs.group('migrate', 'make shards of deals, and take over what Lotus had', [plan, run, status])

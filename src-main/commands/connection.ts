import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../src-shared/contract/index.ts'
import type { HostPaths } from '../host/index.ts'

/** Everything that verbs ask of an engine. */
export type Client = ContractRouterClient<Contract>

export interface Connection {
  readonly client: Client
  /** Whether the engine runs elsewhere and goes on when this process ends. */
  readonly remote: boolean
  /** Whether the engine went away by itself. */
  readonly lost: boolean
  close(): Promise<void>
}

export interface ConnectOptions {
  dataDir: string
  paths: HostPaths
  /** Shows the log of an engine that runs in this process. */
  verbose: boolean
  environment: NodeJS.ProcessEnv
  signal: AbortSignal
}

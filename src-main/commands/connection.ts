import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../src-shared/contract/index.ts'
import type { HostPaths } from '../host/index.ts'
import type { NodePath } from './node-path.ts'

/** Everything that verbs ask of an engine. */
export type Client = ContractRouterClient<Contract>

/** Bytes from `start` up to `end`; null: to the end of the file. */
export interface FileRange {
  start: number
  end: number | null
}

export interface Connection {
  readonly client: Client
  /** Bytes of a file that the engine has, as they are read: the contract is not for bulk. */
  readFile(node: NodePath, range: FileRange, signal: AbortSignal): AsyncIterable<Uint8Array>
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

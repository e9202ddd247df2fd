import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../src-shared/contract/index.ts'

/** Everything the window can ask of the engine, typed by the contract. */
export type Client = ContractRouterClient<Contract>

import { implement } from '@orpc/server'
import { contract } from '../../src-shared/contract/index.ts'
import type { CallerContext } from './caller-context.ts'
import { toContractError } from './engine-errors.ts'

/** The contract, ready to be given handlers; what they throw leaves as the contract's typed error. */
export const topics = implement(contract)
  .$context<CallerContext>()
  .use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw toContractError(error)
    }
  })

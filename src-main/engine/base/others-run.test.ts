import { expect, it } from 'vitest'
import { FairShare } from './others-run.ts'

it('gives others a turn after each share of work that never waits by itself', async () => {
  const share = new FairShare(100)
  const order: string[] = []
  setImmediate(() => order.push('other'))
  for (let i = 0; i < 4; i++) {
    order.push('work')
    await share.took(50)
  }
  expect(order).toEqual(['work', 'work', 'other', 'work', 'work'])
})

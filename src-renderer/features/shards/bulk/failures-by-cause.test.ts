import { expect, it } from 'vitest'
import { failuresByCause } from './failures-by-cause.ts'

const failure = (example: string, count: number) => ({ words: `of ${example}`, code: 'X', example, count })

it('gathers messages of the same cause, the largest group first', () => {
  const file = failure('/srv/gone.car does not exist.', 10)
  const web = failure('There is nothing at http://127.0.0.1:1/baga.', 4)
  const damaged = failure('The CAR ends too early: its header should take 111 bytes.', 12)
  expect(failuresByCause([damaged, file, web])).toEqual([
    { title: 'The piece is not there', count: 14, messages: [file, web] },
    { title: 'The piece is damaged or is no CAR', count: 12, messages: [damaged] },
  ])
})

it('keeps what nobody knows apart', () => {
  const titles = failuresByCause([failure('Odd thing.', 1), failure('Other thing.', 1)]).map(({ title }) => title)
  expect(titles).toEqual(['Odd thing.', 'Other thing.'])
})

import { InvalidArgumentError } from 'commander'

/** Parses the value of an option that counts something. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  if (!Number.isSafeInteger(Number(text))) throw new InvalidArgumentError('It is too large.')
  return Number(text)
}

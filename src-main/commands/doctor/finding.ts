/** One thing that was looked at. */
export interface Finding {
  check: string
  /** ok: as it should be; note: works, and could be better; problem: something does not work. */
  status: 'ok' | 'note' | 'problem'
  /** A sentence: what was found. */
  message: string
  /** What to do about it; null when there is nothing to do. */
  fix: string | null
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message, fix: null })
export const note = (check: string, message: string, fix: string): Finding => ({ check, status: 'note', message, fix })
export const problem = (check: string, message: string, fix: string): Finding => ({
  check,
  status: 'problem',
  message,
  fix,
})

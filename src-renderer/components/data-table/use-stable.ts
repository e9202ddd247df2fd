import { useCallback, useLayoutEffect, useRef } from 'react'

/** `latest` under an identity that never changes: rows that get it need not be rendered again. */
export function useStable<Args extends unknown[], Result>(
  latest: (...args: Args) => Result,
): (...args: Args) => Result {
  const current = useRef(latest)
  useLayoutEffect(() => {
    current.current = latest
  })
  return useCallback((...args: Args) => current.current(...args), [])
}

import { useEffect, useState } from 'react'
import { type Loaded, useLoaded, useServices } from '../../state/index.ts'
import type { PathDescription } from './path-words.ts'

const TYPING_MS = 250

/** What lies at the paths, asked again shortly after they stop changing. */
export function useDescriptions(paths: readonly string[]): Loaded<PathDescription[]> {
  const { client } = useServices()
  const key = useSettled(JSON.stringify(paths.map((path) => path.trim()).filter(Boolean)))
  return useLoaded(key === '[]' ? null : key, (signal) =>
    client.system.describePaths({ paths: JSON.parse(key) as string[] }, { signal }),
  )
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

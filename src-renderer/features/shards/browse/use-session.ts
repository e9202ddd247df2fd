import { useEffect, useState } from 'react'
import type { BrowseSession } from '../../../../src-shared/contract/index.ts'
import { type Loaded, useConnectionState, useLoaded, useServices } from '../../../state/index.ts'

/** Holds a shard acquired as long as the component is on screen; acquires it again after the connection broke. */
export function useSession(key: string): Loaded<BrowseSession> & { reload: () => void } {
  const { client } = useServices()
  const { phase } = useConnectionState()
  const [connections, setConnections] = useState(0)
  useEffect(() => {
    if (phase === 'online') setConnections((count) => count + 1)
  }, [phase])
  return useLoaded(
    connections === 0 ? null : key,
    async (signal) => {
      const session = await client.shards.acquire({ key })
      // Released even when the answer came too late to be shown.
      const release = () => void client.shards.release({ sessionId: session.sessionId }).catch(() => undefined)
      if (signal.aborted) release()
      else signal.addEventListener('abort', release, { once: true })
      return session
    },
    connections,
  )
}

import '../styles/index.css'
import { createStore } from 'zustand/vanilla'
import type { ShardView } from '../../src-shared/contract/index.ts'
import { start } from '../app/start.tsx'
import { type Connection, type ConnectionState, createStores } from '../client/index.ts'
import { EMPTY_WORLD, type FixtureWorld, fullWorld } from '../client/testing/fixture-world.ts'
import { createMockClient } from '../client/testing/mock-client.ts'
import { MockShard } from '../client/testing/mock-shard.ts'

/**
 * The window over a mock engine, for looking at it. `?scenario=` full (default), empty, huge, long, failing, offline or
 * slow; `?host=browser` for a window without dialogs and dropped paths.
 */
const wanted = new URLSearchParams(location.search)
const scenario = wanted.get('scenario') ?? 'full'
const worlds = {
  empty: () => EMPTY_WORLD,
  huge: () => fullWorld(100_000),
  long: () => longWords(fullWorld()),
} as Record<string, () => typeof EMPTY_WORLD>

const client = createMockClient({
  world: (worlds[scenario] ?? fullWorld)(),
  shard: await MockShard.create(await picture()),
  failing: scenario === 'failing',
  info:
    wanted.get('host') === 'browser'
      ? { host: 'headless', abilities: { dialogs: false, droppedPaths: false, reveal: false } }
      : {},
})

const state = createStore<ConnectionState>(() => ({ phase: scenario === 'slow' ? 'connecting' : 'online' }))
const connection: Connection = {
  client,
  state,
  start: () => undefined,
  stop: () => undefined,
  retryNow: () => undefined,
  whenOnline: () => (scenario === 'slow' ? new Promise(() => undefined) : Promise.resolve()),
}
if (scenario === 'offline')
  setTimeout(() => state.setState({ phase: 'lost', attempts: 4, retryAt: Date.now() + 5000 }, true), 1500)

start({
  client,
  connection,
  stores: createStores(client, connection),
  pathOf: (file) => `/home/ada/Downloads/${file.name}`,
})

/** Keys and errors without a place to break: shards may be called anything. */
function longWords(world: FixtureWorld): FixtureWorld {
  const long = (shard: ShardView): ShardView => {
    const key = `0-${'unbreakable'.repeat(16)}-${shard.key.slice(-6)}`
    return { ...shard, key, url: `file:///srv/${key}`, error: `open /srv/${key}/${'deep'.repeat(40)}: no such file` }
  }
  return { ...world, shards: world.shards.map((shard) => (shard.state === 'Errored' ? long(shard) : shard)) }
}

async function picture(): Promise<Uint8Array> {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const draw = canvas.getContext('2d')
  if (draw !== null) {
    const sky = draw.createLinearGradient(0, 0, 0, 360)
    sky.addColorStop(0, '#23395b')
    sky.addColorStop(0.55, '#e08e6d')
    sky.addColorStop(0.56, '#355c7d')
    sky.addColorStop(1, '#16222f')
    draw.fillStyle = sky
    draw.fillRect(0, 0, 640, 360)
    draw.fillStyle = '#ffd9a0'
    draw.beginPath()
    draw.arc(430, 196, 34, 0, Math.PI * 2)
    draw.fill()
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  return new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))
}

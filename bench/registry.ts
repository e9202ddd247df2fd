import type { Benchmark } from './harness.ts'

/** Every benchmark, in the order they run. Loaded one at a time, each in its own process. */
export const registry: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  P1: () => import('./p1-linked-import.ts'),
  P2: () => import('./p2-folder-import.ts'),
  P3: () => import('./p3-index.ts'),
  P4: () => import('./p4-index-large-blocks.ts'),
  P5: () => import('./p5-acquire-cold.ts'),
  P6: () => import('./p6-random-get.ts'),
  P7: () => import('./p7-receive.ts'),
  P8: () => import('./p8-verify.ts'),
  P9: () => import('./p9-commp.ts'),
  P10: () => import('./p10-retrieve.ts'),
  P16: () => import('./p16-register-shards.ts'),
  P11: () => import('./p11-inverted-index.ts'),
  P12: () => import('./p12-start.ts'),
  P13: () => import('./p13-loop-delay.ts'),
  P14: () => import('./p14-shard-table.ts'),
  P15: () => import('./p15-launch.ts'),
  P17: () => import('./p17-acquire-warm.ts'),
}

import type { Engine } from '../../engine/index.ts'
import { topics } from '../contract-implementer.ts'

export function settingsRouter({ config }: Engine) {
  const topic = topics.settings
  return {
    show: topic.show.handler(() => ({ path: config.path, settings: config.show() })),
    set: topic.set.handler(({ input }) => config.set(input.key, input.value)),
  }
}

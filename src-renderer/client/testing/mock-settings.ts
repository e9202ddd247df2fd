import { FIXTURE_SETTINGS } from './fixture-settings.ts'
import { type Answers, fail, found } from './mock-engine.ts'

export function mockSettings({ answer }: Answers) {
  return {
    show: () => answer(() => ({ path: '/home/ada/.carport/config.toml', settings: FIXTURE_SETTINGS })),
    set: ({ key, value }: { key: string; value: string }) =>
      answer(() => {
        if (value === '') fail('INVALID_CONFIG', `${key} must not be empty.`)
        return {
          ...found(
            FIXTURE_SETTINGS.find((each) => each.key === key),
            'INVALID_CONFIG',
          ),
          value,
          source: 'file',
        }
      }),
  }
}

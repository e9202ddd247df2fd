import type { Verbs } from '../verbs.ts'
import { valueText } from './value-text.ts'

export const setSetting = (verbs: Verbs) =>
  verbs
    .verb('set', 'write one setting to config.toml')
    .argument('<key>')
    .argument('<value>')
    .action(
      verbs.run(async (run, _options: object, key: string, value: string) => {
        const { client, remote } = await run.connection()
        const setting = await client.settings.set({ key, value })
        if (setting.source === 'environment')
          run.progress.say(`${setting.environment} is set in the environment and wins over config.toml.`)
        else if (remote && setting.applies === 'restart')
          run.progress.say('The running engine takes this up when it is started again.')
        await run.output.result(setting, () => `${setting.key} = ${valueText(setting.value)}`)
      }),
    )

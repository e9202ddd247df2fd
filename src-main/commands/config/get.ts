import { usageError } from '../failure.ts'
import type { Verbs } from '../verbs.ts'
import { valueText } from './value-text.ts'

export const getSetting = (verbs: Verbs) =>
  verbs
    .verb('get', "one setting's value")
    .argument('<key>', 'for example DAGStore.GCInterval')
    .action(
      verbs.run(async (run, _options: object, key: string) => {
        const { settings } = await (await run.client()).settings.show()
        const setting = settings.find((each) => each.key.toLowerCase() === key.toLowerCase())
        if (setting === undefined) throw usageError(`There is no setting named ${key}. See "carport config show".`)
        await run.output.result(setting, () => valueText(setting.value))
      }),
    )

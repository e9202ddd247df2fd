import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Config, EngineError, parseListenAddress } from '../../engine/index.ts'
import { type Finding, note, ok, problem } from './finding.ts'

/** config.toml and the environment; and, where no engine runs, whether what they name can be listened on. */
export async function checkSettings(
  dataDir: string,
  environment: NodeJS.ProcessEnv,
  isRunning: boolean,
): Promise<Finding[]> {
  const path = join(dataDir, 'config.toml')
  if (!existsSync(path)) return [ok('settings', 'All settings have their defaults: there is no config.toml yet.')]
  try {
    const { values } = await Config.load(dataDir, environment)
    const findings = [ok('settings', `${path} can be read.`)]
    for (const place of [...values.Pieces.LotusStoragePaths])
      if (!existsSync(place))
        findings.push(
          note(
            'lotus-storage',
            `${place}, named in Pieces.LotusStoragePaths, is not there: its pieces cannot be read.`,
            'Connect the disk, or take the path out with "carport config set Pieces.LotusStoragePaths".',
          ),
        )
    if (!isRunning) findings.push(...(await checkAddresses(values)))
    return findings
  } catch (error) {
    const { message } = EngineError.from(error)
    return [problem('settings', message, `Mend ${path}, or move it away to go back to the defaults.`)]
  }
}

async function checkAddresses(values: Config['values']): Promise<Finding[]> {
  const addresses = {
    'API.ListenAddress': values.API.ListenAddress,
    ...(values.Provider.Enabled ? { 'Provider.ListenAddress': values.Provider.ListenAddress } : {}),
    'Deals.DataListenAddress': values.Deals.DataListenAddress,
  }
  const findings: Finding[] = []
  for (const [key, address] of Object.entries(addresses)) {
    const why = await whyNot(parseListenAddress(address))
    if (why !== null)
      findings.push(
        problem(
          'address',
          `Nothing can listen on ${address}, which is ${key}: ${why}.`,
          `End the program that listens there, or choose another port: carport config set ${key} 127.0.0.1:0`,
        ),
      )
  }
  return findings.length > 0 ? findings : [ok('address', 'The addresses of the settings are free.')]
}

/** null when it can be listened on. */
function whyNot({ host, port }: { host: string; port: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRINUSE' ? 'another program does' : message),
    )
    server.listen({ host, port }, () => server.close(() => resolve(null)))
  })
}

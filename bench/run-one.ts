/** The process of one benchmark: `run-one.ts ID DIRECTORY QUICK`, figures to the parent. */
import { createContext } from './harness.ts'
import { registry } from './registry.ts'

const [id = '', directory = '', quick] = process.argv.slice(2)
const load = registry[id]
if (load === undefined) process.exit(2)
process.on('disconnect', () => process.exit(1)) // nobody waits for the figures any more
const { benchmark } = await load()
const figures = await benchmark.run(createContext(benchmark.id, directory, quick === 'true'))
process.send?.(figures, () => process.exit(0))

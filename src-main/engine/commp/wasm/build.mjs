/**
 * Compiles kernel.ts (AssemblyScript) to kernel.generated.js, which holds the module as base64: so it travels wherever
 * bundled code goes (host, worker threads, packaged app) and needs no path at run time.
 *
 * `npm run build:wasm` runs it; vitest calls `setup` before the tests. Nothing is done when the output is up to date.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const source = `${folder}kernel.ts`
const output = `${folder}kernel.generated.js`

const FLAGS = [
  '--enable',
  'simd',
  '--optimizeLevel',
  '3',
  '--noAssert',
  '--runtime',
  'stub',
  '--initialMemory',
  '32',
  '--maximumMemory',
  '32',
]

/** For vitest's globalSetup. */
export async function setup() {
  await buildKernel()
}

/** Whether there was anything to do. */
export async function buildKernel() {
  const sourceHash = createHash('sha256').update(readFileSync(source)).update(FLAGS.join(' ')).digest('hex')
  if (existsSync(output) && readFileSync(output, 'utf8').includes(sourceHash)) return false
  const wasm = await compile()
  const text = `// Made by build.mjs from kernel.ts ${sourceHash}\nexport const KERNEL_WASM =\n  '${Buffer.from(wasm).toString('base64')}'\n`
  const temporary = `${output}.${process.pid}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(temporary, text)
  renameSync(temporary, output)
  return true
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc')
  let wasm
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...FLAGS], {
    readFile: (name) => (name === 'kernel.ts' ? readFileSync(source, 'utf8') : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') wasm = contents
    },
    listFiles: () => [],
  })
  if (error) throw new Error(`kernel.ts does not compile: ${error.message}\n${stderr.toString()}`)
  return wasm
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildKernel()
  process.stderr.write(built ? 'commp kernel: built\n' : 'commp kernel: up to date\n')
}

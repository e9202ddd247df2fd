// Completes package-lock.json after `npm install`. Packages with native code name one optional package for each platform.
// Where a registry at hand has not all of them, npm leaves the others out of the lock, and then `npm ci` refuses it on
// every machine. This writes them back: name, version and platform, without a checksum, which nobody here can know.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32']

const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = []
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(at, name)) continue
    lock.packages[`node_modules/${name}`] = platformPackage(name, range, entry)
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(added.length === 0 ? 'package-lock.json is complete\n' : `added ${added.join(', ')}\n`)

/** In the folder of the package itself, or of any package around it. */
function isLocked(at, name) {
  const parts = at.split('/node_modules/')
  return (
    parts.some(
      (_part, depth) => `${parts.slice(0, depth + 1).join('/node_modules/')}/node_modules/${name}` in lock.packages,
    ) || `node_modules/${name}` in lock.packages
  )
}

function platformPackage(name, range, { dev, license }) {
  const words = name.split(/[/-]/)
  const only = (known) => known.filter((each) => words.includes(each))
  const system = words.includes('wasm32') ? [] : only(SYSTEMS)
  const processor = words.includes('gnueabihf') || words.includes('musleabihf') ? ['arm'] : only(PROCESSORS)
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : []
  return {
    version: range.replace(/^[\^~>=v]+/, ''),
    ...(processor.length > 0 && { cpu: processor }),
    ...(dev === true && { dev }),
    ...(libc.length > 0 && system.includes('linux') && { libc }),
    ...(license !== undefined && { license }),
    optional: true,
    ...(system.length > 0 && { os: system }),
  }
}

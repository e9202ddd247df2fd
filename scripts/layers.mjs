// Checks the layers (.dependency-cruiser.mjs). dependency-cruiser parses TypeScript with swc, the only parser it has that
// does not need the JavaScript API which TypeScript 7 no longer has; it forgets to tell swc which files hold JSX.
import swc from '@swc/core'

const parseFileSync = swc.parseFileSync
swc.parseFileSync = (path, options) => parseFileSync(path, { ...options, tsx: path.endsWith('.tsx') })

const { cruise } = await import('dependency-cruiser')
const { default: config } = await import('../.dependency-cruiser.mjs')
const { output, exitCode } = await cruise(['src-main', 'src-shared', 'src-renderer'], {
  ...config.options,
  ruleSet: { forbidden: config.forbidden },
  validate: true,
  outputType: 'err',
})
process.stdout.write(String(output))
process.exitCode = exitCode === 0 ? 0 : 1

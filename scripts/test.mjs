// `npm test`: every check there is, one after the other. Quiet while all is well; the last line adds up the counts of all
// runners: `N passed, N failed, N skipped`. Exit code 1 when anything failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = mkdtempSync(join(tmpdir(), 'carport-test-'))
/** What is shown of a failure. */
const MAX_FAILURES = 40
const MAX_MESSAGE_LINES = 20

const total = { passed: 0, failed: 0, skipped: 0 }
const startedAt = Date.now()

for (const project of ['shared', 'main', 'preload', 'renderer', 'e2e'])
  check(`types of ${project}`, 'node_modules/typescript/bin/tsc', ['-p', `tsconfig.${project}.json`])
check('lint', 'node_modules/@biomejs/biome/bin/biome', ['check', '.'])
check('promises', 'node_modules/oxlint/bin/oxlint', ['--type-aware'])
check('layers', 'scripts/layers.mjs', [])
count('build', { passed: 0, failed: (await build()) ? 0 : 1, skipped: 0 })
vitest()
playwright()

rmSync(reports, { recursive: true, force: true })
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed === 0 ? 0 : 1

/** A tool that passes or fails as a whole. */
function check(name, script, args) {
  const run = node(script, args)
  if (run.status !== 0) process.stdout.write(`${lastLines(`${run.stdout}${run.stderr}`, 60)}\n`)
  count(name, { passed: run.status === 0 ? 1 : 0, failed: run.status === 0 ? 0 : 1, skipped: 0 })
}

function vitest() {
  const file = join(reports, 'vitest.json')
  const run = node('node_modules/vitest/vitest.mjs', ['run', '--reporter=json', `--outputFile=${file}`])
  const report = readReport(file, run)
  if (report === null) return count('unit tests', { passed: 0, failed: 1, skipped: 0 })
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failures = report.testResults.flatMap(({ name, message, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ name: `${name}: ${fullName}`, message: failureMessages.join('\n') }))
      .concat(assertionResults.length === 0 && message ? [{ name, message }] : []),
  )
  showFailures(failures)
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0)
  // Errors outside of any test (an unhandled rejection) fail the run although every test passed.
  const outside = run.status !== 0 && report.numFailedTests + broken.length === 0 ? 1 : 0
  if (outside > 0) process.stdout.write(`${lastLines(`${run.stdout}${run.stderr}`, 60)}\n`)
  count('unit tests', {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length + outside,
    skipped,
  })
}

function playwright() {
  const file = join(reports, 'playwright.json')
  const run = node('node_modules/@playwright/test/cli.js', ['test', '--reporter=json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  })
  const report = readReport(file, run)
  if (report === null) return count('end-to-end tests', { passed: 0, failed: 1, skipped: 0 })
  const { expected, unexpected, flaky, skipped } = report.stats
  showFailures([
    ...report.errors.map(({ message }) => ({ name: 'end-to-end', message })),
    ...report.suites.flatMap(failedSpecs),
  ])
  count('end-to-end tests', { passed: expected + flaky, failed: unexpected + report.errors.length, skipped })
}

function failedSpecs({ title, suites = [], specs = [] }) {
  const own = specs.flatMap((spec) =>
    spec.tests
      .filter(({ status }) => status === 'unexpected')
      .map(({ projectName, results }) => ({
        name: `${projectName}: ${title}: ${spec.title}`,
        message: results.flatMap(({ errors }) => errors.map(({ message }) => message)).join('\n'),
      })),
  )
  return [...own, ...suites.flatMap(failedSpecs)]
}

function node(script, args, environment = {}) {
  return spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
  })
}

function readReport(file, run) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    process.stdout.write(`${lastLines(`${run.stdout}${run.stderr}`, 60)}\n`)
    return null
  }
}

function showFailures(failures) {
  for (const { name, message } of failures.slice(0, MAX_FAILURES))
    process.stdout.write(`FAILED ${name}\n${message.split('\n').slice(0, MAX_MESSAGE_LINES).join('\n')}\n\n`)
  if (failures.length > MAX_FAILURES) process.stdout.write(`… and ${failures.length - MAX_FAILURES} more\n`)
}

function count(name, { passed, failed, skipped }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  process.stderr.write(
    `${String(seconds).padStart(4)} s  ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`,
  )
}

function lastLines(text, lines) {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

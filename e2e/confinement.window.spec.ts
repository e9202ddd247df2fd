import { spawnSync } from 'node:child_process'
import { expect, test } from './carport.ts'
import { plainNode } from './plain-node.ts'
import { sidebar } from './sections.ts'

/** What the page may not do, in the window itself; and that the desktop app answers the command line. */

test('the page runs only what came with it, and reaches nothing but its engine', async ({ carport }) => {
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  const tried = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.body.append(script)
    const fetched = await fetch('https://example.org/').then(
      () => 'reached',
      () => 'refused',
    )
    // Out of the call of the test, which may do everything.
    const evaluated = await new Promise((resolve) =>
      setTimeout(() => {
        try {
          resolve(new Function('return "ran"')())
        } catch {
          resolve('refused')
        }
      }),
    )
    return { injected: 'injected' in window, fetched, evaluated, node: typeof Reflect.get(window, 'require') }
  })
  expect(tried).toEqual({ injected: false, fetched: 'refused', evaluated: 'refused', node: 'undefined' })
})

test('the page sees a string channel and file paths of the desktop app, and nothing else', async ({ carport }) => {
  const page = await carport.start()
  const bridge = await page.evaluate(() => Object.keys(Reflect.get(window, 'carport') ?? {}).sort())
  expect(bridge).toEqual(carport.hasPaths ? ['onMessage', 'pathForFile', 'post'] : [])
})

test('the command line talks to the engine of this window', async ({ carport }) => {
  const page = await carport.start()
  await expect(sidebar(page)).toBeVisible()
  const status = spawnSync(plainNode(), ['bin/carport.mjs', 'status', '--json', '--repo', carport.dataDir], {
    encoding: 'utf8',
  })
  expect(JSON.parse(status.stdout)).toMatchObject({ running: true, dataDir: carport.dataDir })
})

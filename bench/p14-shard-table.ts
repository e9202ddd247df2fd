/** The table of shards with 100,000 rows, in the built window: from a click or a key until the rows are painted. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { BrowserWindow, launchBrowser } from './browser-window.ts'
import { writeShards } from './engine-data.ts'
import { type BenchContext, type Benchmark, type Figure, median } from './harness.ts'

const CHANGES_PER_SECOND = 1000
const FRAME_MS = 1000 / 60
const WHEEL_PX = 240
const SORTED = ['Key', 'Key', 'Error', 'Error', 'State', 'Readers']
const FILTERED = ['Errored', 'Available', 'All']
/** Fewer rows are left after each letter: it is looked for in keys, which are random. */
const TYPED = ['7', 'k']

export const benchmark: Benchmark = {
  id: 'P14',
  title: 'the table of shards in the window',
  async run(context) {
    const count = context.quick ? 20_000 : 100_000
    const browser = await launchBrowser(context.note)
    if (browser === null) return []
    const dataDir = join(context.directory, 'data')
    await writeShards(join(dataDir, 'dagstore'), count, { erroredEvery: 4 })
    const window = await BrowserWindow.open(browser, dataDir)
    try {
      const { page } = window
      page.setDefaultTimeout(10_000)
      await page
        .getByRole('navigation', { name: 'Sections' })
        .getByRole('link', { name: 'Shards', exact: true })
        .click()
      await page.locator(`[role=grid][aria-rowcount="${count + 1}"][aria-busy=false]`).waitFor({ timeout: 60_000 })
      const still = await measure(context, page, `${count} rows`)
      window.changeRows(CHANGES_PER_SECOND)
      const live = await measure(context, page, `${count} rows, of which ${CHANGES_PER_SECOND} change a second`)
      return [...still, ...live, await jumps(context, page)]
    } finally {
      await window.close()
      await browser.close()
    }
  },
}

async function measure(context: BenchContext, page: Page, what: string): Promise<Figure[]> {
  const row = (action: string, unit: string, target: number, work: () => Promise<number>, better?: 'less') =>
    context.compare({ what: `${what}: ${action}`, unit, better, work, target: { value: target } })
  return [
    await row(
      'a click that sorts, until painted',
      'ms',
      100,
      () => medianOf(SORTED, (title) => sort(page, title)),
      'less',
    ),
    await row(
      'a click that filters, until painted',
      'ms',
      100,
      () => medianOf(FILTERED, (name) => filter(page, name)),
      'less',
    ),
    await row('a letter that filters, until painted', 'ms', 100, () => search(page), 'less'),
    await row('frames a second while the wheel turns', 'fps', 58, () => framesWhileScrolling(page)),
  ]
}

async function medianOf(names: string[], measureOne: (name: string) => Promise<number>): Promise<number> {
  const times: number[] = []
  for (const name of names) times.push(await measureOne(name))
  return median(times)
}

async function sort(page: Page, title: string): Promise<number> {
  return untilPainted(page, 'click', () => page.getByRole('columnheader').getByRole('button', { name: title }).click())
}

async function filter(page: Page, name: string): Promise<number> {
  const group = page.getByLabel('Filter shards')
  return untilPainted(page, 'click', () => group.getByText(new RegExp(`^${name}`)).click())
}

async function search(page: Page): Promise<number> {
  const field = page.getByRole('searchbox', { name: 'Search shards' })
  await field.focus()
  const times: number[] = []
  for (const letter of TYPED) times.push(await untilPainted(page, 'keydown', () => page.keyboard.press(letter)))
  await field.fill('')
  return median(times)
}

async function untilPainted(page: Page, type: 'click' | 'keydown', act: () => Promise<void>): Promise<number> {
  await sleep(100) // what came before is over
  await page.evaluate(`globalThis.painted = bench.untilPainted('${type}'); undefined`)
  await act()
  return page.evaluate<number>('painted')
}

/** The wheel goes down for two seconds; the rows of 60 frames a second are counted that came in time. */
async function framesWhileScrolling(page: Page): Promise<number> {
  const box = await page.getByRole('grid').boundingBox()
  if (box === null) throw new Error('There is no table.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.evaluate('globalThis.stopFrames = bench.frames()')
  const end = Date.now() + 2000
  while (Date.now() < end) {
    await page.mouse.wheel(0, WHEEL_PX)
    await sleep(FRAME_MS)
  }
  const times = await page.evaluate<number[]>('stopFrames()')
  await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 0`)
  await page.mouse.move(0, 0)
  const lasted = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
  return (times.length - 1) / lasted
}

/** While rows change all over a scrolled table, whose order they are no part of, none may move. */
async function jumps(context: BenchContext, page: Page): Promise<Figure> {
  await sort(page, 'Readers') // what changes is what they are sorted by
  await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 20000`)
  await sleep(500)
  return context.compare({
    what: 'times that rows in view moved within 3 s while they changed, sorted by what changes',
    unit: 'jumps',
    better: 'less',
    rounds: 2,
    target: { value: 0 },
    work: async () => {
      let moved = 0
      let before = await page.evaluate<string>('bench.inView()')
      for (let i = 0; i < 30; i++) {
        await sleep(100)
        const now = await page.evaluate<string>('bench.inView()')
        if (now !== before) moved++
        before = now
      }
      return moved
    },
  })
}

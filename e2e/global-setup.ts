import { requireBrowser } from '../scripts/browser.mjs'
import { build, isOutdated } from '../scripts/build.mjs'

/** Before all specs: what is tested has been built, and there is a browser to test it in. */
async function setup(): Promise<void> {
  if (isOutdated() && !(await build())) throw new Error('The build failed.')
  await requireBrowser()
}

// biome-ignore lint/style/noDefaultExport: Playwright calls the default export
export default setup

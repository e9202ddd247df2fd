/** What there is to look at. `place` is the part of the address after `#/`; `act` brings the window into a state. */
const button = (name) => async (page) => page.getByRole('button', { name }).first().click()
const row = (at) => async (page) => page.locator('[data-row-id]').nth(at).click()

async function collectGarbage(page) {
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Collect garbage…' }).click()
}

async function chooseAllErrored(page) {
  await page.getByRole('radio', { name: /^Errored/ }).click()
  await page.getByRole('checkbox', { name: 'Choose all rows' }).click()
}

async function planRecovery(page) {
  await chooseAllErrored(page)
  await page.getByRole('button', { name: /^Recover \d+…/ }).click()
  await page.waitForTimeout(400)
}

/** Recovers all that failed and looks after some time. */
function recoverAll(afterMs) {
  return async (page) => {
    await planRecovery(page)
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Recover \d+/ })
      .click()
    await page.waitForTimeout(afterMs)
  }
}

export const PICTURES = [
  { name: 'overview', place: 'overview', wait: 1500, size: [1280, 1240] },
  { name: 'overview-empty', place: 'overview', search: 'scenario=empty' },
  { name: 'overview-narrow', place: 'overview', size: [720, 900], themes: ['light'] },
  { name: 'imports', place: 'imports' },
  { name: 'imports-drawer', place: 'imports', act: row(1) },
  { name: 'imports-broken', place: 'imports', act: row(4) },
  {
    name: 'imports-chosen',
    place: 'imports',
    act: async (page) => {
      for (const at of [2, 5])
        await page
          .locator('[data-row-id]')
          .nth(at)
          .click({ modifiers: ['Control'] })
    },
  },
  { name: 'imports-hover', place: 'imports', act: async (page) => page.locator('[data-row-id]').nth(3).hover() },
  { name: 'imports-empty', place: 'imports', search: 'scenario=empty' },
  { name: 'imports-slow', place: 'imports', search: 'scenario=slow', themes: ['light'] },
  { name: 'imports-failing', place: 'imports', search: 'scenario=failing' },
  { name: 'imports-offline', place: 'imports', search: 'scenario=offline', wait: 2200 },
  { name: 'imports-narrow', place: 'imports', size: [720, 800], themes: ['light'] },
  { name: 'imports-narrow-open', place: 'imports', size: [720, 800], act: row(1), themes: ['dark'] },
  {
    name: 'imports-menu',
    place: 'imports',
    act: async (page) => page.locator('[data-row-id]').nth(2).click({ button: 'right' }),
  },
  {
    name: 'import-dialog',
    place: 'imports',
    act: async (page) => {
      await button('Import…')(page)
      await page.getByLabel('Path', { exact: true }).fill('/srv/datasets/sentinel-2/')
      await page.waitForTimeout(500)
    },
  },
  {
    name: 'import-dialog-browser',
    place: 'imports',
    search: 'host=browser',
    act: button('Import…'),
    themes: ['light'],
  },
  {
    name: 'drop-dialog',
    place: 'imports',
    act: async (page) => {
      await row(1)(page)
      await page.keyboard.press('Delete')
    },
  },
  { name: 'deals', place: 'deals' },
  { name: 'deals-drawer', place: 'deals', act: row(0), size: [1280, 1000] },
  { name: 'deals-failed', place: 'deals', act: row(2), themes: ['light'] },
  { name: 'retrievals', place: 'retrievals' },
  { name: 'retrievals-drawer', place: 'retrievals', act: row(3), themes: ['light'] },
  { name: 'retrieve-dialog', place: 'retrievals', act: button('Retrieve…') },
  { name: 'shards', place: 'shards' },
  { name: 'shards-huge', place: 'shards', search: 'scenario=huge', wait: 3000, themes: ['light'] },
  {
    name: 'shards-huge-chosen',
    place: 'shards',
    search: 'scenario=huge',
    wait: 3000,
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'Choose all rows' }).click()
      await page.waitForTimeout(600)
      await page.getByRole('radio', { name: /^Errored/ }).click()
    },
    themes: ['dark'],
  },
  { name: 'shards-drawer', place: 'shards', act: row(14), size: [1440, 900] },
  { name: 'shards-errored', place: 'shards', act: row(0), size: [1280, 1000] },
  {
    name: 'shards-audit',
    place: 'shards',
    act: async (page) => {
      await row(14)(page)
      await page.getByRole('button', { name: 'Audit', exact: true }).click()
      await page.waitForTimeout(500)
    },
  },
  {
    name: 'shards-audited',
    place: 'shards',
    size: [1440, 1000],
    act: async (page) => {
      for (let at = 14; at < 24 && (await page.getByText('does not fit').count()) === 0; at++) {
        await row(at)(page)
        await page.getByRole('button', { name: 'Audit', exact: true }).click()
        await page.getByText('The index').last().waitFor()
        await page.waitForTimeout(1600)
      }
    },
  },
  { name: 'shards-narrow-open', place: 'shards', size: [720, 900], act: row(14) },
  { name: 'shards-causes', place: 'shards', act: async (page) => page.getByText('Errors by cause').click() },
  { name: 'shards-empty', place: 'shards', search: 'scenario=empty', themes: ['light'] },
  { name: 'shards-failing', place: 'shards', search: 'scenario=failing', themes: ['dark'] },
  { name: 'shards-narrow', place: 'shards', size: [720, 800], act: recoverAll(5500), themes: ['light'] },
  // At 200 % a window of 1280 × 800 has this much room.
  { name: 'shards-zoomed', place: 'shards', size: [640, 400], themes: ['light'] },
  {
    name: 'shards-zoomed-causes',
    place: 'shards',
    size: [640, 400],
    act: async (page) => page.getByText('Errors by cause').click(),
    themes: ['dark'],
  },
  { name: 'shards-zoomed-plan', place: 'shards', size: [640, 400], act: planRecovery, themes: ['light'] },
  { name: 'shards-zoomed-running', place: 'shards', size: [640, 400], act: recoverAll(1900), themes: ['dark'] },
  { name: 'pieces-zoomed', place: 'pieces', size: [640, 400], themes: ['dark'] },
  { name: 'migration-zoomed', place: 'migration', size: [640, 400], themes: ['light'] },
  { name: 'quota-zoomed', place: 'overview', size: [640, 400], act: button('Quota…'), themes: ['light'] },
  { name: 'shards-long', place: 'shards', search: 'scenario=long', act: row(0), size: [1280, 1000] },
  {
    name: 'shards-long-causes',
    place: 'shards',
    search: 'scenario=long',
    act: async (page) => page.getByText('Errors by cause').click(),
    themes: ['light'],
  },
  {
    name: 'shards-tip',
    place: 'shards',
    act: async (page) => {
      await page.locator('[data-row-id] [data-tip-code]').nth(3).hover()
      await page.waitForTimeout(700)
    },
  },
  { name: 'shards-plan', place: 'shards', act: planRecovery },
  {
    name: 'shards-plan-list',
    place: 'shards',
    act: async (page) => {
      await planRecovery(page)
      await page.getByRole('button', { name: /Only a sealed copy/ }).click()
    },
    themes: ['light'],
  },
  { name: 'shards-running', place: 'shards', act: recoverAll(1900) },
  {
    name: 'shards-held',
    place: 'shards',
    act: async (page) => {
      await recoverAll(600)(page)
      await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Pause all bulk work' }).click()
      await page.waitForTimeout(600)
    },
  },
  { name: 'shards-ran', place: 'shards', act: recoverAll(5500), size: [1280, 900] },
  { name: 'shards-chosen', place: 'shards', act: chooseAllErrored },
  {
    name: 'shards-destroy',
    place: 'shards',
    act: async (page) => {
      await chooseAllErrored(page)
      await button('Destroy…')(page)
    },
  },
  {
    name: 'shards-views',
    place: 'shards',
    act: async (page) => {
      await button('Views')(page)
      await page.getByRole('menuitemcheckbox', { name: 'Large and sealed' }).click()
      await page.waitForTimeout(200)
      await page.getByRole('button', { name: /^View: Large/ }).click()
    },
  },
  { name: 'shards-register', place: 'shards', act: button('Register…') },
  { name: 'shards-gc', place: 'shards', act: collectGarbage },
  {
    name: 'shards-gc-receipt',
    place: 'shards',
    act: async (page) => {
      await collectGarbage(page)
      await page.getByRole('button', { name: /^Free \d/ }).click()
      await page.getByText('removed').waitFor()
    },
  },
  {
    name: 'storage',
    place: 'overview',
    wait: 1500,
    act: async (page) => page.getByText('Logs', { exact: true }).last().scrollIntoViewIfNeeded(),
  },
  { name: 'quota', place: 'overview', wait: 1500, act: button('Quota…') },
  {
    name: 'quota-wrong',
    place: 'overview',
    wait: 1500,
    act: async (page) => {
      await button('Quota…')(page)
      await page.getByLabel('In GiB').fill('9000')
    },
    themes: ['light'],
  },
  { name: 'shards-initialize', place: 'shards', act: button('Initialize all…'), themes: ['light'] },
  { name: 'browse', place: 'shards/any/browse', wait: 900 },
  {
    name: 'browse-picture',
    place: 'shards/any/browse',
    wait: 900,
    act: async (page) => {
      await page.getByText('pictures', { exact: true }).dblclick()
      await page.getByText('harbour.png').click()
      await page.waitForTimeout(500)
    },
  },
  {
    name: 'browse-text',
    place: 'shards/any/browse',
    wait: 900,
    act: async (page) => {
      await page.getByText('README.md', { exact: true }).click()
      await page.waitForTimeout(500)
    },
  },
  {
    name: 'browse-hex',
    place: 'shards/any/browse',
    wait: 900,
    act: async (page) => {
      await page.getByText('index.bin', { exact: true }).click()
      await page.waitForTimeout(500)
    },
  },
  { name: 'pieces', place: 'pieces' },
  { name: 'pieces-drawer', place: 'pieces', act: row(0), themes: ['dark'] },
  { name: 'migration', place: 'migration' },
  {
    name: 'migration-plan',
    place: 'migration',
    act: async (page) => {
      await page.getByLabel('lotus-miner repository').fill('/home/miner/.lotusminer')
      await button('Plan')(page)
      await page.waitForTimeout(1200)
    },
  },
  {
    name: 'migration-report',
    place: 'migration',
    act: async (page) => {
      await page.getByLabel('lotus-miner repository').fill('/home/miner/.lotusminer')
      await button('Plan')(page)
      await page.getByRole('button', { name: 'Run' }).click()
      await page.waitForTimeout(4000)
    },
    themes: ['light'],
  },
  { name: 'transfers', place: 'transfers', wait: 6000 },
  { name: 'transfers-drawer', place: 'transfers', act: row(2), themes: ['light'] },
  { name: 'inspect-empty', place: 'inspect', themes: ['light'] },
  {
    name: 'inspect-good',
    place: `inspect/${encodeURIComponent('/srv/archives/newspapers-1911-1920.car')}`,
    wait: 1500,
    size: [1280, 1000],
  },
  { name: 'inspect-bad', place: `inspect/${encodeURIComponent('/srv/archives/broken.car')}`, wait: 1500 },
  {
    name: 'inspect-running',
    place: `inspect/${encodeURIComponent('/srv/archives/slow.car')}`,
    wait: 1500,
    themes: ['dark'],
  },
  { name: 'activity', place: 'activity' },
  { name: 'activity-drawer', place: 'activity', act: row(3), themes: ['light'] },
  { name: 'diagnostics', place: 'activity', act: button('Diagnostics…'), themes: ['light'] },
  { name: 'settings', place: 'settings', size: [1280, 1100] },
  { name: 'settings-narrow', place: 'settings', size: [720, 1000], themes: ['light'] },
  { name: 'palette', place: 'imports', act: async (page) => page.keyboard.press('Control+k') },
  {
    name: 'palette-found',
    place: 'imports',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('harbour')
      await page.waitForTimeout(500)
    },
    themes: ['light'],
  },
  {
    name: 'palette-block',
    place: 'imports',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.insertText('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
      await page.waitForTimeout(700)
    },
  },
  {
    name: 'palette-nothing',
    place: 'imports',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.insertText('bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi')
      await page.waitForTimeout(700)
    },
  },
  { name: 'shortcuts', place: 'imports', act: async (page) => page.keyboard.press('?') },
  {
    name: 'drop-zone',
    place: 'imports',
    act: async (page) =>
      page.evaluate(() => {
        const data = new DataTransfer()
        data.items.add(new File(['x'], 'a.txt'))
        data.items.add(new File(['x'], 'b.txt'))
        window.dispatchEvent(new DragEvent('dragenter', { dataTransfer: data, bubbles: true }))
      }),
  },
  {
    name: 'toast',
    place: 'imports',
    act: async (page) => {
      await page.locator('[data-row-id]').nth(1).hover()
      await page.locator('[data-row-id]').nth(1).getByRole('button', { name: 'Send to provider' }).click()
      await page.waitForTimeout(500)
    },
  },
]

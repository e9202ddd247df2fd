import { EventEmitter } from 'node:events'

/** What the desktop does for a person. Nothing is shown: dialogs are cancelled unless a test replaces their functions. */
export const dialog = {
  showOpenDialog: async () => ({ canceled: true, filePaths: [] as string[] }),
  showSaveDialog: async () => ({ canceled: true, filePath: '' }),
  showMessageBox: async () => ({ response: 0, checkboxChecked: false }),
  showErrorBox: (title: string, content: string) => void process.stderr.write(`${title}: ${content}\n`),
}

export const shell = {
  openExternal: async () => undefined,
  openPath: async () => '',
  showItemInFolder: () => undefined,
}

export class Menu {
  static #current: Menu | null = null
  readonly items: unknown[]

  constructor(items: unknown[] = []) {
    this.items = items
  }

  static buildFromTemplate(template: unknown[]): Menu {
    return new Menu(template)
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#current = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#current
  }
}

export const nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' })

const bounds = { x: 0, y: 0, width: 1920, height: 1080 }
const display = { id: 1, bounds, workArea: bounds, workAreaSize: { width: 1920, height: 1080 }, scaleFactor: 1 }
export const screen = Object.assign(new EventEmitter(), {
  getPrimaryDisplay: () => display,
  getAllDisplays: () => [display],
})

export const session = {
  defaultSession: { setPermissionRequestHandler: () => undefined, setPermissionCheckHandler: () => undefined },
}

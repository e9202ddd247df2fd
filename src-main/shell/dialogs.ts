import { BrowserWindow, dialog, type OpenDialogOptions, shell } from 'electron'
import type { HostAbilities } from '../router/index.ts'

const OPEN: Record<'files' | 'folder' | 'car', OpenDialogOptions> = {
  files: { title: 'Import files', buttonLabel: 'Choose', properties: ['openFile', 'multiSelections'] },
  folder: { title: 'Import a folder', buttonLabel: 'Choose', properties: ['openDirectory'] },
  car: {
    title: 'Choose a CAR',
    buttonLabel: 'Choose',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'CAR files', extensions: ['car'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
}

/** What a desktop can do for a person: native dialogs, and the file manager. */
export function dialogAbilities(): Required<HostAbilities> {
  return {
    async pickPaths(kind) {
      const window = BrowserWindow.getFocusedWindow()
      const { filePaths } =
        window === null ? await dialog.showOpenDialog(OPEN[kind]) : await dialog.showOpenDialog(window, OPEN[kind])
      return filePaths
    },
    async pickSavePath(suggestedName) {
      const window = BrowserWindow.getFocusedWindow()
      const options = { defaultPath: suggestedName }
      const chosen =
        window === null ? await dialog.showSaveDialog(options) : await dialog.showSaveDialog(window, options)
      return chosen.canceled || chosen.filePath === '' ? null : chosen.filePath
    },
    async reveal(path) {
      shell.showItemInFolder(path)
    },
  }
}

/** What `import … from 'electron'` gives in the main process. Names that Carport does not use are not here. */
export { app } from './app.ts'
export { BrowserWindow } from './browser-window.ts'
export { dialog, Menu, nativeTheme, screen, session, shell } from './desktop-services.ts'
export { ipcMain } from './ipc-main.ts'
export { protocol } from './protocol.ts'

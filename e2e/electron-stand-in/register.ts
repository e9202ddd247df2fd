import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Makes `import 'electron'` of the built app find the stand-in, and the process look like Electron's main process. */
const standIn = new URL('./electron-module.ts', import.meta.url).href

Object.defineProperty(process.versions, 'electron', { value: '45.4.1', enumerable: true })
Object.assign(process, { type: 'browser', resourcesPath: fileURLToPath(new URL('.', import.meta.url)) })

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: standIn, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
})

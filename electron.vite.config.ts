import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

/**
 * Builds out/{main,preload,renderer}. Everything is bundled but packages under "dependencies" in package.json (native
 * code). Entries that run in their own process or thread are inputs of their own: a bundler does not find them.
 */
const config = defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // Node 20.19: the command line and the headless server run on the user's own Node.
      target: 'node20.19',
      sourcemap: true,
      rolldownOptions: {
        input: {
          index: resolve('src-main/index.ts'),
          headless: resolve('src-main/headless.ts'),
          cli: resolve('src-main/cli.ts'),
          'engine.worker': resolve('src-main/engine/workers/engine.worker.ts'),
        },
        output: { chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve('src-main/preload/index.ts') },
        // A sandboxed preload must be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [react(), tailwindcss()],
    build: {
      outDir: 'out/renderer',
      // The content security policy allows no data: URLs for fonts.
      assetsInlineLimit: 0,
      // A window parses all of it before it shows anything. Packages leave the maps out (electron-builder.yml).
      minify: true,
      sourcemap: true,
      rolldownOptions: { input: resolve('src-renderer/index.html') },
    },
  },
})

export default config

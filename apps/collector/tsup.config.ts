import { copyFile, mkdir } from 'node:fs/promises'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { sentby: 'src/main.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  noExternal: [/^@sentby\//],
  esbuildOptions(options) {
    options.conditions = ['source', 'import']
    options.jsx = 'automatic'
    options.jsxImportSource = 'hono/jsx'
  },
  // The script that pages load travels with the collector.
  async onSuccess() {
    await mkdir('dist/browser', { recursive: true })
    for (const file of ['s.js', 's-domains.js']) {
      await copyFile(`node_modules/@sentby/browser/dist/${file}`, `dist/browser/${file}`)
    }
    await copyFile('node_modules/@sentby/browser/package.json', 'dist/browser/package.json')
  },
  banner: { js: '#!/usr/bin/env node' },
})

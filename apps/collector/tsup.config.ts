import { copyFile, mkdir } from 'node:fs/promises'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { sentby: 'src/main.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  // Our own rooms, and what is hundreds of modules: to find those one by one takes longer than to run them.
  noExternal: [/^@sentby\//, /^(kysely|zod|hono|@hono\/node-server|nanoid)(\/|$)/],
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

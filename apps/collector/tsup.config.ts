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
  banner: { js: '#!/usr/bin/env node' },
})

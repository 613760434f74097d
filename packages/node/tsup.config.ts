import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', install: 'src/install/index.ts' },
  format: ['esm', 'cjs'],
  // Each entry stands alone: no chunk beside them.
  splitting: false,
  target: 'node20',
  platform: 'node',
  // Deno and workers know `node:crypto` and no bare `crypto`.
  removeNodeProtocol: false,
  // tsup hands TypeScript a baseUrl, which version 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  tsconfig: '../../tsconfig.json',
  clean: true,
  sourcemap: true,
})

import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  target: 'es2020',
  // Of the contract the code grammar is bundled: published, this package has no dependency.
  noExternal: [/^@sentby\/contract/],
}

export const library: Options = {
  ...shared,
  entry: ['src/index.ts'],
  format: 'esm',
  dts: { compilerOptions: { ignoreDeprecations: '6.0', lib: ['es2023', 'dom', 'dom.iterable'] } },
}

/** One self-contained file each, for a tag. */
export const scripts: Options = {
  ...shared,
  entry: { s: 'src/script.ts', 's-domains': 'src/script-domains.ts' },
  format: 'iife',
  minify: true,
  // Nothing here needs the directive that TypeScript's `strict` puts in front.
  esbuildOptions(options) {
    delete options.tsconfig
    options.tsconfigRaw = '{}'
  },
  outExtension: () => ({ js: '.js' }),
}

export default defineConfig([library, scripts])

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { minify } from 'terser'
import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  target: 'es2020',
  // Of the contract the code grammar is bundled: published, this package has no dependency.
  noExternal: [/^@sentby\/contract/],
}

const library: Options = {
  ...shared,
  entry: ['src/index.ts'],
  format: 'esm',
  dts: { compilerOptions: { ignoreDeprecations: '6.0', lib: ['es2023', 'dom', 'dom.iterable'] } },
}

/** One self-contained file each, for a tag; made small by terser after esbuild. */
const scripts: Options = {
  ...shared,
  entry: { s: 'src/script.ts', 's-domains': 'src/script-domains.ts' },
  format: 'iife',
  outExtension: () => ({ js: '.js' }),
  esbuildOptions(options) {
    // Without the root's `strict`, which would put a directive in front.
    delete options.tsconfig
    options.tsconfigRaw = '{}'
    // Names and white space are left to terser: shortened twice they compress worse.
    options.minifySyntax = true
  },
  plugins: [
    {
      name: 'terser',
      async renderChunk(code) {
        const passes = { passes: 4, unsafe: true, unsafe_arrows: true, pure_getters: true }
        return minify(code, {
          ecma: 2020,
          toplevel: true,
          compress: { ...passes, keep_fargs: false, unsafe_comps: true },
        }).then((output) => ({ code: output.code ?? code }))
      },
    },
    {
      name: 'integrity',
      async buildEnd({ writtenFiles }) {
        const hashes: Record<string, string> = {}
        for (const { name } of writtenFiles) {
          const hash = createHash('sha384').update(await readFile(name))
          hashes[basename(name)] = `sha384-${hash.digest('base64')}`
        }
        const [first] = writtenFiles
        const folder = dirname(first?.name ?? 'dist/s.js')
        await writeFile(join(folder, 'integrity.json'), `${JSON.stringify(hashes, null, 2)}\n`)
      },
    },
  ],
}

export default defineConfig([library, scripts])

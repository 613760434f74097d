import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeZip } from './archives/zip.ts'

const run = promisify(execFile)
const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const TSUP = fileURLToPath(new URL('../../../node_modules/.bin/tsup', import.meta.url))
const BASE = makeZip([{ name: 'pbx/' }, { name: 'pbx/a.php', content: '<?php', deflate: true }])

// A compiler and processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let project: string
let installed: string
beforeAll(async () => {
  // A project of somebody else: the built package as npm would lay it down, and no workspace around it.
  project = await mkdtemp(join(tmpdir(), 'sentby-stamp-'))
  installed = join(project, 'node_modules/@sentby/stamp')
  await mkdir(installed, { recursive: true })
  await run(TSUP, ['--out-dir', join(installed, 'dist'), '--silent'], { cwd: PACKAGE })
  await cp(join(PACKAGE, 'package.json'), join(installed, 'package.json'))
  await writeFile(join(project, 'module.zip'), BASE)
}, 120_000)
afterAll(() => rm(project, { recursive: true, force: true }))

async function runInProject(file: string, source: string): Promise<string> {
  await writeFile(join(project, file), source)
  const env = { ...process.env, SENTBY_SECRET: 'a secret of thirty-two characters' }
  const { stdout } = await run(process.execPath, [file], { cwd: project, env, timeout: 30_000 })
  return stdout.trim()
}

describe('the built package', () => {
  test('does what its README shows', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8')
    const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    expect(await runInProject('readme.mjs', example)).toBe('pbx/partner_ref JANE')
    const stamped = await readFile(join(project, 'module-jane.zip'))
    expect(stamped.toString('latin1')).toContain('pbx/partner_ref')
    const again = await readFile(join(project, 'module-again.zip'))
    expect(again.equals(BASE)).toBe(true)
  })

  test('is required by CommonJS', async () => {
    const source = `const stamp = require('@sentby/stamp')\nconsole.log(typeof stamp.planFile)`
    expect(await runInProject('require.cjs', source)).toBe('function')
  })

  test('has every file that package.json names, and no dependency', async () => {
    const text = await readFile(join(PACKAGE, 'package.json'), 'utf8')
    const { publishConfig, dependencies, peerDependencies } = JSON.parse(text)
    for (const file of JSON.stringify(publishConfig).match(/\.\/dist\/[\w./]+/g) ?? []) {
      await readFile(join(installed, file))
    }
    expect(JSON.stringify(publishConfig)).not.toContain('src/')
    expect([dependencies, peerDependencies]).toEqual([undefined, undefined])
  })

  test('imports nothing but Node', async () => {
    for (const file of ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts']) {
      const text = await readFile(join(installed, 'dist', file), 'utf8')
      const imports = [...text.matchAll(/(?:\bfrom|\brequire\(|\bimport\()\s*["']([^"']+)["']/g)]
      const foreign = imports.map(([, name]) => name).filter((name) => !name?.startsWith('node:'))
      expect(foreign).toEqual([])
    }
  })
})

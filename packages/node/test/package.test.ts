import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { VERSION } from '../src/version.ts'
import { type Collector, startCollector } from './collector-server.ts'

const run = promisify(execFile)
const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const bin = (name: string) => join(MODULES, '.bin', name)

// Compilers and processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let project: string
let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
  // A project of somebody else: the built package as npm would lay it down, and no workspace around it.
  project = await mkdtemp(join(tmpdir(), 'sentby-node-'))
  const installed = join(project, 'node_modules/@sentby/node')
  await mkdir(installed, { recursive: true })
  await run(bin('tsup'), ['--out-dir', join(installed, 'dist'), '--silent'], { cwd: PACKAGE })
  await cp(join(PACKAGE, 'package.json'), join(installed, 'package.json'))
  await symlink(join(MODULES, '@types'), join(project, 'node_modules/@types'))
}, 120_000)
afterAll(async () => {
  await collector.close()
  await rm(project, { recursive: true, force: true })
})

async function runInProject(file: string, source: string): Promise<string> {
  await writeFile(join(project, file), source)
  const env = { ...process.env, SENTBY_ENDPOINT: collector.endpoint }
  const { stdout } = await run(process.execPath, [file], { cwd: project, env, timeout: 30_000 })
  return stdout.trim()
}

const USE = `
  const sentby = new Sentby({ key: 'sk_test', endpoint: process.env.SENTBY_ENDPOINT })
  sentby.sale({ customer: 'cus_9', order: 'in_' + process.pid, amount: 1, currency: 'EUR' })
    .then(({ outcome }) => console.log(outcome, typeof verifyWebhook))
`

describe('the built package', () => {
  test('is imported by ESM', async () => {
    const source = `import { Sentby, verifyWebhook } from '@sentby/node'\n${USE}`
    expect(await runInProject('import.mjs', source)).toBe('stored function')
  })

  test('is required by CommonJS', async () => {
    const source = `const { Sentby, verifyWebhook } = require('@sentby/node')\n${USE}`
    expect(await runInProject('require.cjs', source)).toBe('stored function')
  })

  test('has every file that package.json names, and its version', async () => {
    const text = await readFile(join(PACKAGE, 'package.json'), 'utf8')
    const { publishConfig, version, dependencies, peerDependencies } = JSON.parse(text)
    const installed = join(project, 'node_modules/@sentby/node')
    for (const file of JSON.stringify(publishConfig).match(/\.\/dist\/[\w./]+/g) ?? []) {
      await readFile(join(installed, file))
    }
    expect(JSON.stringify(publishConfig)).not.toContain('src/')
    expect(version).toBe(VERSION)
    expect([dependencies, peerDependencies]).toEqual([undefined, undefined])
  })

  test('imports nothing but Node', async () => {
    for (const file of ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts']) {
      const text = await readFile(join(project, 'node_modules/@sentby/node/dist', file), 'utf8')
      const imports = [...text.matchAll(/(?:\bfrom|\brequire\(|\bimport\()\s*["']([^"']+)["']/g)]
      const foreign = imports.map(([, name]) => name).filter((name) => !name?.startsWith('node:'))
      expect(foreign).toEqual([])
    }
  })

  test('has types for both, and every example of the README fits them', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8')
    const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')
    expect(examples.length).toBeGreaterThan(8)
    const files = examples.map((code, i) => [`readme-${i}.mts`, code] as const)
    const required = `import sentby = require('@sentby/node')\nnew sentby.Sentby({ key: '', endpoint: '' })`
    for (const [name, code] of [...files, ['required.cts', required] as const]) {
      await writeFile(join(project, name), code)
    }
    const options =
      '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2023'
    const names = [...files.map(([name]) => name), 'required.cts']
    const complaints = await run(
      bin('tsc'),
      [...options.split(' '), '--lib', 'es2023,esnext.disposable', '--types', 'node', ...names],
      { cwd: project },
    ).then(
      () => [],
      ({ stdout }: { stdout: string }) => stdout.trim().split('\n'),
    )
    // @types/node contradicts itself under exactOptionalPropertyTypes; everything else must be well.
    const ours = complaints.filter((line) => !/@types\/node\/https\.d\.ts|^ /.test(line))
    expect(ours).toEqual([])
  })

  test("runs the README's shop: it ties the visitor, refreshes the cookie and ends at SIGTERM", async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8')
    const [, shop = ''] = /plain `node:http`\n\n```ts\n([\s\S]*?)```/.exec(readme) ?? []
    const told = shop.replace(
      "'127.0.0.1')",
      "'127.0.0.1', () => console.log(server.address().port))",
    )
    expect(told).not.toBe(shop)
    await writeFile(join(project, 'shop.mjs'), told)
    const env = { SENTBY_KEY: 'sk_test', SENTBY_ENDPOINT: collector.endpoint, PORT: '0' }
    const child = spawn(process.execPath, ['shop.mjs'], { cwd: project, env })
    try {
      const [port] = await once(child.stdout, 'data')
      const touch = `JANE.l${Date.now().toString(36)}`
      const cookie = `_sentby=1.0.v_1.${touch}.${touch}`
      const url = `http://127.0.0.1:${String(port).trim()}/signup`
      const answer = await fetch(url, { method: 'POST', headers: { cookie, connection: 'close' } })
      expect(await answer.text()).toContain('Welcome')
      expect(answer.headers.getSetCookie()[0]).toContain(`${cookie}; Path=/; SameSite=Lax`)
      expect(collector.seen.at(-1)?.events[0]).toMatchObject({ type: 'signup', visitor: 'v_1' })
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await exit).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('lets a program end whose queue nobody flushed, and sends a queue that is closed', async () => {
    const start = `
      import { Sentby } from '@sentby/node'
      const sentby = new Sentby({ key: 'sk_test', endpoint: process.env.SENTBY_ENDPOINT })
      sentby.enqueue({ type: 'signup', customer: 'cus_' + process.pid })
    `
    const before = collector.seen.length
    await runInProject('ends.mjs', start)
    expect(collector.seen.length).toBe(before)
    expect(await runInProject('closes.mjs', `${start}\nconsole.log(await sentby.close())`)).toBe(
      '{ sent: 1, dropped: 0, queued: 0 }',
    )
  })
})

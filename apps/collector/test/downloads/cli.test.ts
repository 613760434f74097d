/** `product`, `publish`, `stamp`, `unstamp`, `read` on the command line. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReadJson } from '../resources/programs.ts'
import { runCli } from '../run-cli.ts'
import { FILES, SCRIPT, sha256 } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-stamp-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

async function sentby(args: string[], isTerminal = false) {
  const told = await runCli(args, { DATABASE_URL: `file:${at('sentby.db')}` }, isTerminal)
  return { ...told, json: (): ReadJson => JSON.parse(told.out) }
}
const APP = ['--program', 'acme', '--product', 'app']
const NAMES = Object.keys(FILES)

beforeAll(async () => {
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(at(name), bytes)
  await sentby(['init', '--program', 'acme'])
  const jane = ['--email', 'jane@example.com', '--name', 'Jane', '--code', 'JANE']
  await sentby(['partner', 'add', '--program', 'acme', ...jane])
})

test('a product is made and listed', async () => {
  const made = await sentby([
    'product',
    'add',
    ...APP,
    '--name',
    'The App',
    '--stamp-days',
    '30',
    '--json',
  ])
  expect(made.code).toBe(0)
  expect(made.json()).toMatchObject({ product: 'app', name: 'The App', stampDays: 30, files: 0 })
  const listed = await sentby(['product', 'list', '--program', 'acme', '--json'])
  expect(listed.json()).toEqual({ products: [made.json()] })
  expect((await sentby(['product', 'add', ...APP])).code).toBe(1)
  for (const wrong of [
    ['--stamp-path', '../x'],
    ['--stamp-days', '0'],
    ['--stamp-days', 'x'],
  ]) {
    const { code, err } = await sentby([
      'product',
      'add',
      '--program',
      'acme',
      '--product',
      'b',
      ...wrong,
    ])
    expect([code, err.startsWith(`${wrong[0]}: `)]).toEqual([2, true])
  }
})

test.each(NAMES)('%s is published: format, stamp path, both checksums, links', async (name) => {
  const { code, json, err } = await sentby([
    'publish',
    at(name),
    ...APP,
    '--version',
    '1.0',
    '--json',
  ])
  expect([code, err]).toEqual([0, ''])
  expect(json()).toMatchObject({
    file: name,
    version: '1.0',
    publishedSha256: sha256(FILES[name] ?? Buffer.alloc(0)),
    url: `http://127.0.0.1:8787/f/app/${name}`,
    page: 'http://127.0.0.1:8787/d/app',
  })
  const again = await sentby(['publish', at(name), ...APP, '--version', '1.0'])
  expect(again.code).toBe(0)
  for (const part of [json().sha256, json().publishedSha256, json().url, json().page]) {
    expect(again.out).toContain(part)
  }
})

test('a person sees a bar, a pipe does not', async () => {
  const watched = await sentby(['publish', at('install.sh'), ...APP, '--file', 'seen.sh'], true)
  expect(watched.err).toContain('Publishing seen.sh')
  expect((await sentby(['publish', at('install.sh'), ...APP, '--file', 'piped.sh'])).err).toBe('')
})

test('what cannot be published is refused and leaves nothing', async () => {
  writeFileSync(at('broken.zip'), 'no zip')
  const broken = await sentby(['publish', at('broken.zip'), ...APP])
  expect(broken.code).toBe(1)
  expect(broken.err).toContain('/file: unknown_format')
  expect((await sentby(['publish', at('none.zip'), ...APP])).code).toBe(2)
  expect((await sentby(['publish', at('install.sh'), ...APP, '--file', '.x'])).code).toBe(2)
  const nothing = ['--program', 'acme', '--product', 'nothing']
  expect((await sentby(['publish', at('install.sh'), ...nothing])).code).toBe(1)
  expect(readdirSync(at('artifacts')).filter((name) => name.startsWith('work-'))).toEqual([])
})

test.each(NAMES)('%s is stamped, read and verified, stamped again, unstamped', async (name) => {
  const out = at(`stamped-${name}`)
  const made = await sentby(['stamp', at(name), '-o', out, ...APP, '--code', 'ja-ne', '--json'])
  expect([made.code, made.err]).toEqual([0, ''])
  expect(made.json().sha256).toBe(sha256(readFileSync(out)))
  const told = await sentby(['read', out, '--program', 'acme', '--json'])
  expect(told.json()).toMatchObject({
    token: made.json().token,
    code: 'JANE',
    verified: { ok: true, product: 'app' },
    expiresAt: expect.any(String),
  })
  const twice = at(`twice-${name}`)
  await sentby(['stamp', out, '-o', twice, '--token', 's1.another.one'])
  expect((await sentby(['read', twice, '--json'])).json()).toMatchObject({
    token: 's1.another.one',
    code: null,
    verified: null,
  })
  const back = at(`back-${name}`)
  const bare = await sentby(['unstamp', twice, '-o', back, '--json'])
  expect(readFileSync(back).equals(FILES[name] ?? Buffer.alloc(0))).toBe(true)
  expect(bare.json().sha256).toBe(sha256(readFileSync(back)))
})

test('a token that somebody changed does not verify', async () => {
  const made = await sentby([
    'stamp',
    at('install.sh'),
    '-o',
    at('a.sh'),
    ...APP,
    '--code',
    'JANE',
    '--json',
  ])
  const token: string = made.json().token
  writeFileSync(at('b.sh'), SCRIPT.replace("''", `'${token.replace('.JANE.', '.JOHN.')}'`))
  expect(
    (await sentby(['read', at('b.sh'), '--program', 'acme', '--json'])).json().verified,
  ).toEqual({
    ok: false,
    reason: 'bad_signature',
  })
})

test('wrong uses write nothing', async () => {
  const input = at('install.sh')
  const out = at('never.sh')
  const rows: [string[], number][] = [
    [['stamp', input, '-o', out], 2],
    [['stamp', input, '-o', out, '--token', "a'b"], 2],
    [['stamp', input, '-o', out, '--token', 's1.a.b', ...APP], 2],
    [['stamp', input, '-o', input, '--token', 's1.a.b'], 2],
    [['stamp', input, '-o', out, ...APP], 2],
    [['stamp', input, '-o', out, ...APP, '--code', 'NOBODY'], 1],
    [['stamp', at('broken.zip'), '-o', out, '--token', 's1.a.b'], 1],
    [['stamp', at('none'), '-o', out, '--token', 's1.a.b'], 2],
    [['unstamp', input, '-o', out], 1],
    [['read', input], 1],
    [['read', folder], 1],
  ]
  for (const [args, code] of rows) expect([args, (await sentby(args)).code]).toEqual([args, code])
  expect(existsSync(out)).toBe(false)
  expect(readFileSync(input, 'utf8')).toBe(SCRIPT)
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
})

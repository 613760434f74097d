import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCli } from './run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const db = `file:${join(folder, 'sentby.db')}`

async function sentby(...args: string[]) {
  const told = await runCli(args, { DATABASE_URL: db })
  return { ...told, json: () => JSON.parse(told.out) as Record<string, unknown> }
}

describe('the command line', () => {
  let partner: string
  beforeAll(async () => {
    const made = await sentby(
      'init',
      '--program',
      'acme',
      '--site',
      'http://acme.test:8788',
      '--json',
    )
    expect(made.code).toBe(0)
    expect(made.json()).toEqual({
      program: 'acme',
      publishableKey: expect.stringMatching(/^pk_/),
      secretKey: expect.stringMatching(/^sk_/),
      identitySecret: expect.any(String),
      consoleLogin: null,
    })
    const added = await sentby(
      ...['partner', 'add', '--program', 'acme', '--email', 'jane@example.com', '--name', 'Jane'],
      ...['--code', 'jane', '--json'],
    )
    expect(added.json()).toEqual({
      partner: expect.stringMatching(/^ptr_/),
      code: 'JANE',
      link: 'http://127.0.0.1:8787/r/JANE',
      portalLogin: null,
    })
    partner = String(added.json().partner)
  })

  test.each([
    [[]],
    [['sereve']],
    [['init']],
    [['init', '--program', 'UPPER']],
    [['init', '--program', 'x', '--currency', 'EURO']],
    [['init', '--program', 'x', '--timezone', 'Mars/Base']],
    [['init', '--program', 'x', '--site', 'ftp://acme.test']],
    [['partner', 'add', '--program', 'acme']],
    [['partner', 'add', '--program', 'acme', '--email', 'nobody', '--name', 'N']],
    [['partner', 'update', '--program', 'acme', '--partner', 'ptr_x']],
    [['key', 'add', '--program', 'acme', '--kind', 'golden']],
    [['explain', '--program', 'acme']],
    [['explain', '--program', 'acme', '--customer', 'c', '--install', 'i']],
    [['replay', '--program', 'acme', '--policy', '/no/such/file']],
    [['serve', '--port', 'http']],
    [['migrate', '--db', 'mysql://x']],
    [['backup']],
    [['explain', '--program', 'acme', '--customer', 'c', '--colour']],
  ])('%j is wrong use: exit 2, help on stderr, nothing on stdout', async (args) => {
    const result = await sentby(...args)
    expect(result.code).toBe(2)
    expect(result.out).toBe('')
    expect(result.err).not.toBe('')
    expect(result.err).not.toMatch(/at .*\.ts:/)
  })

  test.each([[['--help']], [['partner', '--help']]])('%j helps: exit 0', async (args) => {
    const result = await sentby(...args)
    expect(result).toMatchObject({ code: 0, err: '' })
    expect(result.out).toContain('Usage: sentby')
  })

  test.each([
    [['init', '--program', 'acme'], /already_exists/],
    [['explain', '--program', 'nobody', '--customer', 'c'], /no program nobody/],
    [['explain', '--program', 'acme', '--customer', 'c'], /no fact names/],
    [['explain', '--program', 'acme', '--install', 'i'], /no installation has this id/],
    [['key', 'revoke', '--program', 'acme', '--key', 'key_x'], /not_found/],
    [
      [
        'partner',
        'add',
        '--program',
        'acme',
        '--email',
        'x@example.com',
        '--name',
        'X',
        '--code',
        'JANE',
      ],
      /code_taken/,
    ],
    [
      ['link', 'add', '--program', 'acme', '--partner', 'ptr_x', '--to', 'https://evil.test/'],
      /invalid_request|not_found/,
    ],
  ])('%j fails: exit 1 with its reason', async (args, reason) => {
    const result = await sentby(...args)
    expect(result.code).toBe(1)
    expect(result.err).toMatch(reason)
  })

  test('a link leads to a site of the program, and a disabled partner is inactive', async () => {
    const link = await sentby(
      ...['link', 'add', '--program', 'acme', '--partner', partner],
      ...['--to', 'http://acme.test:8788/pricing', '--campaign', 'spring', '--json'],
    )
    expect(link.json()).toMatchObject({ to: 'http://acme.test:8788/pricing', partner })
    const off = await sentby(
      'partner',
      'disable',
      '--program',
      'acme',
      '--partner',
      partner,
      '--json',
    )
    expect(off.json()).toMatchObject({ status: 'inactive' })
  })

  test('keys are added, listed without their text, and revoked; the last secret key stays', async () => {
    const added = await sentby('key', 'add', '--program', 'acme', '--kind', 'secret', '--json')
    const { id, key } = added.json()
    const list = await sentby('key', 'list', '--program', 'acme', '--json')
    expect(list.json().keys).toHaveLength(3)
    expect(list.out).not.toContain(key)
    expect((await sentby('key', 'revoke', '--program', 'acme', '--key', String(id))).code).toBe(0)
    const [first] = (list.json().keys as { id: string; kind: string }[]).filter(
      (one) => one.kind === 'secret' && one.id !== id,
    )
    const last = await sentby('key', 'revoke', '--program', 'acme', '--key', first?.id ?? '')
    expect(last.code).toBe(1)
  })

  test('replay and check find nothing, and exit 3 when a stored decision was changed by hand', async () => {
    const { openTestFacts } = await import('./stored-customer.ts')
    await openTestFacts(db, 'acme')
    const replayed = await sentby('replay', '--program', 'acme', '--json')
    expect(replayed).toMatchObject({ code: 0 })
    expect(replayed.json()).toMatchObject({ customers: 1, differences: [], undecided: 0 })
    expect((await sentby('check', '--program', 'acme')).code).toBe(0)
    for (const subject of ['--customer=cus_1', '--install=ins_1']) {
      const explained = await sentby('explain', '--program', 'acme', subject)
      expect(explained).toMatchObject({ code: 0, out: expect.stringMatching(/inactive .* JANE/) })
    }
    const file = new Database(join(folder, 'sentby.db'))
    file.exec(`update customer set decision = '{}'`)
    file.close()
    expect((await sentby('replay', '--program', 'acme')).code).toBe(3)
    const checked = await sentby('check', '--program', 'acme', '--json')
    expect(checked.code).toBe(3)
    expect(checked.json()).toMatchObject({ differences: [{ customer: 'cus_1' }], pages: 'ok' })
  })

  test('replay --policy tells what another policy would give, and writes nothing', async () => {
    const file = join(folder, 'policy.json')
    writeFileSync(file, JSON.stringify({ order: ['assigned'] }))
    const before = await sentby('explain', '--program', 'acme', '--customer', 'cus_1', '--json')
    const replayed = await sentby('replay', '--program', 'acme', '--policy', file, '--json')
    expect([0, 3]).toContain(replayed.code)
    const after = await sentby('explain', '--program', 'acme', '--customer', 'cus_1', '--json')
    expect(after.out).toBe(before.out)
    writeFileSync(file, JSON.stringify({ order: ['click'] }))
    expect((await sentby('replay', '--program', 'acme', '--policy', file)).code).toBe(2)
  })

  test('a backup is sound, overwrites nothing, and comes back by restore', async () => {
    const file = join(folder, 'copy.db')
    expect((await sentby('backup', file)).code).toBe(0)
    expect((await sentby('backup', file)).code).toBe(2)
    const before = await sentby('key', 'list', '--program', 'acme', '--json')
    await sentby('key', 'add', '--program', 'acme', '--kind', 'publishable')
    expect((await sentby('restore', file, '--json')).json()).toMatchObject({
      former: expect.stringContaining('before-restore'),
    })
    const after = await sentby('key', 'list', '--program', 'acme', '--json')
    expect(after.out).toBe(before.out)
    writeFileSync(join(folder, 'junk.db'), 'this is no database')
    expect((await sentby('restore', join(folder, 'junk.db'))).code).toBe(2)
    expect((await sentby('restore', join(folder, 'missing.db'))).code).toBe(2)
  })

  test('doctor finds a sound database, and an empty one that was not migrated', async () => {
    const sound = await sentby('doctor', '--json')
    expect(sound.json()).toMatchObject({ ok: true })
    const empty = await sentby('doctor', '--db', `file:${join(folder, 'empty.db')}`, '--json')
    expect(empty.code).toBe(1)
    expect(empty.json()).toMatchObject({ ok: false })
    expect((await sentby('migrate', '--db', `file:${join(folder, 'empty.db')}`)).code).toBe(0)
  })

  test('all problems of the environment are told together', async () => {
    const env = { PORT: '99999', DATABASE_URL: 'redis://x', PUBLIC_URL: 'acme', RATE_LIMITS: 'no' }
    const { code, err } = await runCli(['serve'], env)
    expect(code).toBe(2)
    for (const name of Object.keys(env)) expect(err).toContain(name)
  })
})

test('what the program makes is for its own user alone', async () => {
  const path = join(folder, 'own.db')
  const [umask, { argv, exitCode }] = [process.umask(0o022), process]
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  process.argv = ['node', 'sentby', 'migrate', '--db', `file:${path}`]
  try {
    await import('../src/main.ts')
    expect(process.exitCode).toBe(0)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  } finally {
    process.argv = argv
    process.exitCode = exitCode
    process.umask(umask)
  }
})

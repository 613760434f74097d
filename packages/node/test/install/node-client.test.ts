import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import {
  type ClaimLine,
  claimLine,
  fileStore,
  type PromptQuestion,
  parseClaimLine,
  type ReportOptions,
  reportInstall,
  resolvePartner,
  type Store,
  setPartner,
} from '../../src/install/index.ts'
import { startInstallCollector } from './install-collector.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'sentby-install-node-'))
const collector = await startInstallCollector()
afterEach(() => {
  collector.seen.length = 0
})
afterAll(async () => {
  await collector.close()
  rmSync(folder, { recursive: true, force: true })
})

const quiet = { product: 'acme-pbx', argv: [], env: {} }
const TOKEN = `s1.hAbCdE.Q2hlY2tTY29wZTAx.MAX.dwn_0001.q83vEjRWeJA.tabcde.0.${'m'.repeat(43)}`
const written = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const reported = { endpoint: collector.endpoint, key: 'pk_test', product: 'acme-pbx', env: {} }
const kept = (text = ''): Store & { text: string } => ({
  text,
  get() {
    return this.text
  },
  set(fresh) {
    this.text = fresh
  },
})

describe('the prompt', () => {
  const asking = (answers: (string | Error)[], asked: PromptQuestion[]) => ({
    ...quiet,
    isTty: true,
    prompt: async (question: PromptQuestion) => {
      asked.push(question)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
  })

  test('asks with the code of the stamp, and an empty answer leaves it', async () => {
    const asked: PromptQuestion[] = []
    const stampPaths = [written('partner_ref', TOKEN)]
    const { chosen } = await resolvePartner({ ...asking([''], asked), stampPaths })
    expect(asked).toEqual([{ suggested: 'MAX' }])
    expect(chosen).toEqual({ source: 'stamp', value: TOKEN, code: 'MAX' })
  })

  test.each<[string, (string | Error)[], PromptQuestion[], string[]]>([
    ['takes an answer', ['jane'], [{}], ['prompt:JANE']],
    ['takes none', ['none'], [{}], ['prompt:none']],
    [
      'asks again for what is no code',
      ['@@', 'jane'],
      [{}, { problem: 'not_a_code' }],
      ['prompt:JANE'],
    ],
    [
      'gives up after three',
      ['@', '@', '@', 'jane'],
      [{}, { problem: 'not_a_code' }, { problem: 'not_a_code' }],
      [],
    ],
    ['is not answered by an error', [new Error('closed')], [{}], []],
  ])('%s', async (_, answers, questions, expected) => {
    const asked: PromptQuestion[] = []
    const { claims } = await resolvePartner(asking(answers, asked))
    expect(asked).toEqual(questions)
    expect(claims.map(({ source, value }) => `${source}:${value}`)).toEqual(expected)
  })

  test('is not shown where a code was given, or without a terminal', async () => {
    const asked: PromptQuestion[] = []
    await resolvePartner({ ...asking(['x'], asked), env: { SENTBY_PARTNER: 'JANE' } })
    await resolvePartner({ ...asking(['x'], asked), isTty: false })
    expect(asked).toEqual([])
  })
})

describe('what a package manager remembers', () => {
  const url = `https://go.acme.test/dl/${TOKEN}/acme.tgz`
  const lockfile = () =>
    written('lock.json', JSON.stringify({ packages: { 'node_modules/acme': { resolved: url } } }))

  test('pip and npm: the token in the address', async () => {
    const directUrl = written('direct_url.json', JSON.stringify({ url, archive_info: {} }))
    for (const packageUrl of [{ directUrl }, { lockfile: lockfile(), package: 'acme' }]) {
      const { claims } = await resolvePartner({ ...quiet, packageUrl })
      expect(claims).toEqual([{ source: 'stamp', value: TOKEN }])
    }
  })

  test.each([
    [{ directUrl: join(folder, 'nowhere') }],
    [{ directUrl: written('broken.json', '{"url":') }],
    [{ lockfile: written('list.json', '[1]'), package: 'acme' }],
    [{ lockfile: lockfile(), package: '__proto__' }],
  ])('nothing of %j', async (packageUrl) => {
    expect((await resolvePartner({ ...quiet, packageUrl })).reason).toBe('not_given')
  })
})

test('what was found and is no claim is told with its reason', async () => {
  const stamp = written('bad_ref', 'a;b')
  symlinkSync('/dev/zero', join(folder, 'zero'))
  const { ignored } = await resolvePartner({
    ...quiet,
    argv: ['--partner', 'Jane & Co'],
    configFiles: [written('bad.json', '{'), folder],
    stampPaths: [stamp, join(folder, 'zero'), join(folder, 'nul\0')],
  })
  expect(ignored.map(({ source, reason }) => `${source} ${reason}`)).toEqual([
    'flag not_a_code',
    'config unreadable',
    'config unreadable',
    'stamp not_a_stamp',
    'stamp unreadable',
    'stamp unreadable',
  ])
})

describe('a claim line', () => {
  const line: ClaimLine = {
    product: 'pbx',
    install: '0192f4c2',
    at: '2026-11-22T10:00:00.000Z',
    claims: [{ source: 'stamp', value: TOKEN }],
  }
  const text = claimLine(line)

  test('is read as it was written, also when a mail program folded it', () => {
    expect(parseClaimLine(text)).toEqual({ ok: true, line })
    expect(parseClaimLine(` ${text.replace(/.{60}/g, '$&\r\n\t')} \n`)).toEqual({ ok: true, line })
  })

  test('is not read with any one character changed', () => {
    for (let n = 0; n < text.length; n++) {
      const other = text[n] === 'x' ? 'y' : 'x'
      expect(parseClaimLine(text.slice(0, n) + other + text.slice(n + 1)).ok).toBe(false)
    }
  })

  test.each([
    [{ product: '' }],
    [{ product: 'a\nb' }],
    [{ install: 'a b' }],
    [{ install: 'a'.repeat(129) }],
    [{ parent: 'é' }],
    [{ at: '2026-11-22' }],
    [{ at: '2026-13-45T10:00:00Z' }],
    [{ claims: Array.from({ length: 17 }, () => ({ source: 'env' as const, value: 'JANE' })) }],
    [
      {
        claims: Array.from({ length: 16 }, () => ({
          source: 'stamp' as const,
          value: 'a'.repeat(512),
        })),
      },
    ],
  ])('is not written with %j', (more) => {
    expect(() => claimLine({ ...line, ...more })).toThrow(RangeError)
  })
})

describe('the store', () => {
  test('gives two processes that install at once one id', async () => {
    const store = fileStore(join(folder, 'race/sentby'))
    const options = { ...reported, claims: [], store, consent: true, notice: () => undefined }
    await Promise.all(Array.from({ length: 8 }, () => reportInstall(options)))
    const ids = collector.seen.map(({ body }) => new URLSearchParams(body).get('install'))
    expect([ids.length, new Set(ids).size]).toEqual([8, 1])
  })

  test("can be the product's own settings; what it throws makes the report ephemeral", async () => {
    const own = kept()
    const options = { ...reported, claims: [], consent: true, notice: () => undefined }
    await reportInstall({ ...options, store: own })
    expect(own.text).toMatch(/^install=/)
    const broken: Store = {
      get: () => {
        throw new Error('closed')
      },
      set: () => Promise.reject(new Error('closed')),
    }
    await reportInstall({ ...options, store: broken })
    expect(collector.seen[1]?.body).toContain('&ephemeral=true')
  })

  test('an id that can be read and no more written holds, and shows no receipt', async () => {
    const store = {
      get: () => 'install=i-1\nreceipt=3.abc\nnoticed=1\n',
      set: () => Promise.reject(),
    }
    await reportInstall({ ...reported, claims: [], consent: true, store })
    expect(collector.seen[0]?.body).toBe('key=pk_test&product=acme-pbx&install=i-1')
  })

  test('holds no more than eight reports, and not the last ones at the cost of the first', async () => {
    const store = kept()
    const options = {
      ...reported,
      endpoint: 'http://127.0.0.1:1',
      claims: [],
      consent: true,
      store,
    }
    for (let n = 1; n <= 10; n++) {
      await reportInstall({ ...options, version: String(n), notice: () => undefined })
    }
    const versions = [...store.text.matchAll(/version=(\d+)/g)].map(([, version]) => version)
    expect(versions).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
  })
})

test('nothing is sent before the notice was shown, or where it could not be', async () => {
  const options = { ...reported, claims: [], consent: 'notice' as const, store: kept() }
  const seenBefore: number[] = []
  const connections = collector.connections()
  const failing = { notice: () => Promise.reject(new Error('no window')) }
  expect(await reportInstall({ ...options, ...failing })).toMatchObject({ status: 'not_sent' })
  expect(collector.connections()).toBe(connections)
  await reportInstall({ ...options, notice: () => void seenBefore.push(collector.seen.length) })
  expect([seenBefore, collector.seen.length]).toEqual([[0], 1])
})

test.each([
  ['no claims', { claims: undefined }],
  ['no product', { product: undefined }],
  ['a date beyond all', { now: () => Number.NaN }],
  ['a store that is none', { store: 7 }],
  ['no endpoint', { endpoint: undefined }],
])('never throws: %s', async (_, wrong) => {
  const options = { ...reported, claims: [], consent: true, notice: () => undefined }
  // As plain JavaScript would call it.
  const told = await reportInstall(Object.assign(options, wrong) as unknown as ReportOptions)
  expect(['not_sent', 'unattributed']).toContain(told.status)
})

test('a code that cannot be told now waits in the store', async () => {
  const store = kept('install=i-1\n')
  const lost = { ...reported, endpoint: 'http://127.0.0.1:1', store }
  expect(await setPartner('jane', lost)).toMatchObject({ status: 'queued' })
  expect(store.text).toBe('install=i-1\ncode=JANE\n')
  expect(await setPartner('none', { ...lost })).toMatchObject({ reason: 'declined' })
  collector.fail('http 422 problem')
  expect(await setPartner('lea', { ...reported, store })).toEqual({
    status: 'refused',
    reason: 'invalid_event',
  })
  expect(store.text).toBe('install=i-1\n')
})

describe('the built package in a program of its own', () => {
  const built = (async () => {
    const root = new URL('../..', import.meta.url).pathname
    const bin = join(root, '../../node_modules/.bin/tsup')
    const out = join(folder, 'dist')
    mkdirSync(out)
    await run(bin, ['--out-dir', out, '--silent', '--no-dts'], { cwd: root })
    return out
  })()

  async function program(source: string): Promise<{ code: number; ms: number }> {
    const file = join(await built, `program-${Math.abs(source.length)}.cjs`)
    writeFileSync(file, `const { reportInstall, fileStore } = require('./install.cjs')\n${source}`)
    const start = performance.now()
    const env = { PATH: process.env['PATH'] ?? '' }
    const ended = await run(process.execPath, [file], { env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    )
    return { code: ended, ms: performance.now() - start }
  }
  const call = (endpoint: string, more = '') =>
    `reportInstall({ endpoint: '${endpoint}', key: 'pk_test', product: 'acme', claims: [],
      consent: true, timeoutMs: 1000, store: fileStore(__dirname + '/kept'), ${more} })`

  test('its exit code is its own, whether the report was awaited or not, and it ends in time', async () => {
    for (const then of ['', '.then(() => undefined)']) {
      collector.fail('silence')
      const { code, ms } = await program(`${call(collector.endpoint)}${then}; process.exitCode = 3`)
      expect(code).toBe(3)
      expect(ms).toBeLessThan(8_000)
    }
  }, 60_000)

  test('nothing goes unhandled where nobody listens', async () => {
    const source = `process.on('unhandledRejection', () => process.exit(9)); ${call('http://127.0.0.1:1')}`
    expect((await program(source)).code).toBe(0)
    expect(readFileSync(join(await built, 'kept'), 'utf8')).toContain('pending=sentby1:')
  }, 60_000)
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import {
  fileStore,
  offlineClaim,
  parseClaimLine,
  type ReportOptions,
  reportInstall,
  resolvePartner,
  setPartner,
} from '../../src/install/index.ts'
import { closedEndpoint, type Fault, startInstallCollector } from './install-collector.ts'

// What the Node client can beyond the table that all clients share.
const folder = mkdtempSync(join(tmpdir(), 'sentby-install-report-'))
const collector = await startInstallCollector()
afterEach(() => {
  collector.seen.length = 0
})
afterAll(async () => {
  await collector.close()
  rmSync(folder, { recursive: true, force: true })
})

let made = 0
function installation(more: Partial<ReportOptions> = {}) {
  made += 1
  const path = join(folder, `kept-${made}/sentby`)
  const options: ReportOptions & { store: NonNullable<ReportOptions['store']> } = {
    endpoint: collector.endpoint,
    key: 'pk_test',
    product: 'acme-pbx',
    claims: [{ source: 'flag', value: 'JANE' }],
    env: {},
    consent: true,
    notice: () => undefined,
    timeoutMs: 20_000,
    ...more,
    store: fileStore(path),
  }
  return { options, kept: () => readFileSync(path, 'utf8') }
}
const forms = () => collector.seen.map(({ body }) => new URLSearchParams(body))

describe('the search', () => {
  const search = async (argv: string[], configFiles: string[] = []) => {
    const { claims } = await resolvePartner({ product: 'acme-pbx', argv, env: {}, configFiles })
    return claims.map(({ source, value }) => `${source}:${value}`)
  }

  test.each<[string, string[], string[]]>([
    ['a flag with a space', ['--yes', '--partner', 'jane'], ['flag:JANE']],
    ['a flag with =', ['--partner=Jane-Doe'], ['flag:JANEDOE']],
    ['the last flag counts', ['--partner=JANE', '--partner', 'LEA'], ['flag:LEA']],
    ['an empty flag is not given', ['--partner', 'JANE', '--partner='], ['flag:JANE']],
    ['--no-partner is none', ['--no-partner'], ['flag:none']],
    ['the next option is no code', ['--partner', '--verbose'], []],
    ['a flag after -- is for somebody else', ['--', '--partner', 'JANE'], []],
    ['a flag at the end has no code', ['--partner'], []],
  ])('%s', async (_, argv, claims) => {
    expect(await search(argv)).toEqual(claims)
  })

  test.each<[string, string, string[]]>([
    ['a JSON file', '{\n  "port": 80,\n  "partner": "jane"\n}\n', ['config:JANE']],
    ['a JSON file without a partner', '{"port": 80, "partner": null}', []],
    ['a file that only begins as JSON', '{"partner": ', []],
  ])('%s', async (title, text, claims) => {
    const path = join(folder, `${title}.json`)
    writeFileSync(path, text)
    expect(await search([], [path])).toEqual(claims)
  })
})

test.each<[string, Partial<ReportOptions>, string | undefined]>([
  ['a build service that is forced', { env: { CI: 'true' }, force: true }, undefined],
  [
    'a code that the person registers under DO_NOT_TRACK',
    { env: { DO_NOT_TRACK: '1' }, explicit: true },
    undefined,
  ],
  [
    'DO_NOT_TRACK, and nothing typed that could be registered',
    { env: { DO_NOT_TRACK: '1' }, explicit: true, claims: [{ source: 'stamp', value: 's1.x' }] },
    'do_not_track',
  ],
  [
    'none, whatever is forced',
    { force: true, explicit: true, claims: [{ source: 'flag', value: 'none' }] },
    'declined',
  ],
])('may it be sent: %s', async (_, more, reason) => {
  const told = await reportInstall(installation(more).options)
  expect([told.status, told.reason]).toEqual(reason ? ['not_sent', reason] : ['attributed', reason])
  expect(collector.seen).toHaveLength(reason ? 0 : 1)
})

test('tells the person once', async () => {
  const shown: string[] = []
  const { options, kept } = installation({ notice: (text) => void shown.push(text) })
  await reportInstall(options)
  await reportInstall(options)
  expect(shown).toEqual([expect.stringContaining('acme-pbx tells 127.0.0.1')])
  expect(kept()).toContain('noticed=1\n')
})

test('sends a visitor that was kept', async () => {
  const { options } = installation()
  await options.store.set('install=i-1\nvisitor=v_1\nreceipt=3.abc\nnoticed=1\n')
  await reportInstall(options)
  expect(collector.seen[0]?.body).toBe(
    'key=pk_test&product=acme-pbx&install=i-1&claim=flag%3AJANE&visitor=v_1&receipt=3.abc',
  )
})

test.each<[Fault, string]>([
  ['http 500', 'http_500'],
  ['http 403 page', 'http_403'],
  ['page', 'bad_answer'],
  ['redirect', 'redirected'],
  ['lost reply', 'connection_failed'],
])('says what it met: %s', async (fault, reason) => {
  collector.fail(fault)
  expect(await reportInstall(installation().options)).toEqual({
    status: 'queued',
    queued: true,
    reason,
  })
})

test('says that nobody was there, or that its time was over', async () => {
  const endpoint = await closedEndpoint()
  const nobody = await reportInstall(installation({ endpoint }).options)
  expect(nobody).toMatchObject({ reason: 'connection_failed' })
  collector.fail('silence')
  const late = await reportInstall(installation({ timeoutMs: 500 }).options)
  expect(late).toMatchObject({ reason: 'timeout' })
})

test("is a copy where the product's own id has changed", async () => {
  const { options } = installation({ install: 'db-1' })
  await reportInstall(options)
  await reportInstall({ ...options, install: 'db-2' })
  const [, form] = forms()
  expect([form?.get('install'), form?.get('parent'), form?.get('receipt')]).toEqual([
    'db-2',
    'db-1',
    null,
  ])
})

test('gives one claim line for a site without internet, the same every time', async () => {
  const { options } = installation({ version: '1' })
  const line = await offlineClaim({ ...options, now: () => Date.UTC(2026, 10, 22) })
  expect(parseClaimLine(line ?? '')).toMatchObject({
    ok: true,
    line: { product: 'acme-pbx', version: '1', claims: options.claims },
  })
  expect(await offlineClaim({ ...options, now: () => Date.UTC(2026, 10, 23) })).toBe(line)
  const none = [{ source: 'flag' as const, value: 'none' }]
  expect(await offlineClaim({ ...options, claims: none })).toBeUndefined()
  expect(collector.seen).toEqual([])
})

test('tells a code that is typed later, now or with the next report', async () => {
  const { options } = installation({ claims: [] })
  expect(await setPartner('le a', options)).toMatchObject({ status: 'queued' })
  expect(await setPartner('$(id)', options)).toMatchObject({ status: 'refused' })
  expect(collector.seen).toEqual([])
  expect(await reportInstall(options)).toMatchObject({ status: 'attributed', code: 'LEA' })
  expect(await setPartner('jane', options)).toMatchObject({ code: 'JANE' })
  const path = `/v1/installs/${forms()[0]?.get('install')}/claim`
  expect(collector.seen.slice(1).map((one) => [one.path, one.body])).toEqual([
    [path, 'key=pk_test&code=LEA'],
    [path, 'key=pk_test&code=JANE'],
  ])
})

test.each([
  [{ endpoint: 'go.acme.test' }],
  [{ endpoint: 'ftp://go.acme.test' }],
  [{ install: 'a b' }],
])('gives a reason for what cannot be used: %j', async (more) => {
  const told = await reportInstall(installation(more).options)
  expect(told).toEqual({ status: 'not_sent', reason: 'invalid_option' })
})

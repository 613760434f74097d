import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseClaimLine } from '../../src/install/index.ts'
import { type Case, clientsHere, conformance, type Given, laidOut } from './clients.ts'
import { closedEndpoint, type Fault, startInstallCollector } from './install-collector.ts'

// Some hundred processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'sentby-install-'))
const { clients, missing } = clientsHere(folder)
const titled = clients.map((client) => [client.name, client] as const)

let collector: Awaited<ReturnType<typeof startInstallCollector>>
beforeAll(async () => {
  collector = await startInstallCollector()
})
afterEach(() => {
  collector.seen.length = 0
})
afterAll(async () => {
  await collector.close()
  rmSync(folder, { recursive: true, force: true })
})

let made = 0
/** A case on files of its own, with everything that a report needs. */
function caseOf(given: Given, more: Partial<Case> = {}): Case {
  made += 1
  const place = join(folder, `case-${made}`)
  const { endpoint } = collector
  // A busy machine needs longer than an installer would wait; what tests the time gives its own.
  const known = { endpoint, key: 'pk_test', consent: true, timeout: 20 }
  return { ...known, store: join(place, 'kept/sentby'), ...laidOut(given, place), ...more }
}
const plain: Given = { title: '', argv: ['--partner', 'JANE'] }
const storeOf = (one: Case) => readFileSync(one.store ?? '', 'utf8')

test(`clients that cannot be tried here: ${missing.join(', ') || 'none'}`, () => {
  expect(clients.map(({ name }) => name)).toContain('Node')
  expect([...clients.map(({ name }) => name), ...missing]).toHaveLength(7)
})

describe.each(titled)('%s', (_, client) => {
  test('finds the claims of every case of the table, and runs nothing of them', async () => {
    const cases = conformance.search.map((given) =>
      laidOut(given, join(folder, given.title.replaceAll('/', '_'))),
    )
    const found = await client.search(cases)
    const named = (claims: string[][]) =>
      conformance.search.map(({ title }, n) => ({ title, claims: claims[n] }))
    expect(named(found)).toEqual(named(conformance.search.map(({ claims }) => claims)))
    expect(existsSync('pwned') || existsSync(join(folder, 'pwned'))).toBe(false)
  })

  test('writes the claim lines of the table byte for byte', async () => {
    expect(await client.lines(conformance.lines)).toEqual(conformance.lines.map(({ line }) => line))
  })

  test.each(conformance.bodies)('sends exactly this: $title', async (given) => {
    const { install, at, version, kept, body } = given
    const one = caseOf(given, { install, at, version: version ?? null })
    if (kept) {
      mkdirSync(join(one.store ?? '', '..'), { recursive: true })
      writeFileSync(one.store ?? '', `${kept.join('\n')}\n`)
    }
    await client.report(one)
    const type = 'application/x-www-form-urlencoded'
    expect(collector.seen).toEqual([{ path: '/v1/installs', type, body }])
  })

  test.each(conformance.silent)('sends nothing, not even a connection: $title', async (given) => {
    const before = collector.connections()
    const told = await client.report(caseOf(given))
    expect({ ...told, stderr: '' }).toEqual({
      status: 'not_sent',
      detail: given.reason,
      stderr: '',
      exitCode: 7,
    })
    expect(told.stderr === '').toBe(given.reason !== 'debug')
    expect(collector.connections()).toBe(before)
  })

  test.each(conformance.sent)('sends: $title', async (given) => {
    await client.report(caseOf(given))
    expect(collector.seen).toHaveLength(1)
  })

  test('tells the person once, keeps a random id for itself, and gives the answer', async () => {
    const one = caseOf(plain)
    const first = await client.report(one)
    expect(first).toMatchObject({ status: 'attributed', detail: 'JANE', exitCode: 7 })
    expect(first.stderr).toContain('acme-pbx tells 127.0.0.1')
    expect(storeOf(one)).toMatch(/^install=[0-9a-f-]{36}\nreceipt=1\.r{22}\nnoticed=1\n$/)
    expect(statSync(one.store ?? '').mode & 0o777).toBe(0o600)
    const again = await client.report(one)
    expect(again).toMatchObject({ status: 'duplicate', stderr: '' })
    const ids = collector.seen.map(({ body }) => new URLSearchParams(body).get('install'))
    expect(new Set(ids).size).toBe(1)
    expect(storeOf(one)).toContain('receipt=2.')
  })

  test.each<[Fault, string]>([
    ['http 500', 'http_500'],
    ['http 403 page', 'http_403'],
    ['page', 'bad_answer'],
    ['redirect', ''],
    ['lost reply', 'connection_failed'],
  ])('keeps what met %s, and sends it once with the next call', async (fault, reason) => {
    const one = caseOf(plain, { at: '2026-11-22T10:00:00.000Z' })
    collector.fail(fault)
    const told = await client.report(one)
    expect(told).toMatchObject({ status: 'queued', exitCode: 7 })
    if (reason !== '') expect(told.detail).toBe(reason)
    const [, line = ''] = /^pending=(.*)$/m.exec(storeOf(one)) ?? []
    expect(parseClaimLine(line)).toMatchObject({ ok: true, line: { at: one.at } })
    collector.seen.length = 0
    const later = await client.report({ ...one, at: '2026-11-23T10:00:00.000Z' })
    expect(later.status).toBe(fault === 'lost reply' ? 'duplicate' : 'attributed')
    expect(collector.seen).toHaveLength(1)
    expect(collector.seen[0]?.body).toContain('&at=2026-11-22T10%3A00%3A00.000Z&claim=')
    expect(storeOf(one)).not.toContain('pending=')
  })

  test('keeps what nobody took, and sends the older report before the newer', async () => {
    const one = caseOf(plain, { endpoint: await closedEndpoint(), version: '1' })
    expect(await client.report(one)).toMatchObject({
      status: 'queued',
      detail: 'connection_failed',
    })
    await client.report({ ...one, version: '2', endpoint: collector.endpoint })
    const versions = collector.seen.map(({ body }) => new URLSearchParams(body).get('version'))
    expect(versions).toEqual(['1', '2'])
    expect(collector.seen.map(({ body }) => body.includes('&at='))).toEqual([true, false])
  })

  test('does not send again what the collector refused', async () => {
    const one = caseOf(plain)
    collector.fail('http 422 problem')
    const told = await client.report(one)
    expect(told).toMatchObject({ status: 'refused', detail: 'invalid_event' })
    expect(storeOf(one)).not.toContain('pending=')
  })

  test.each<[Fault]>([['silence'], ['drip']])(
    'ends within its time when it meets %s',
    async (fault) => {
      const one = caseOf(plain, { timeout: 1 })
      collector.fail(fault)
      const start = performance.now()
      const told = await client.report(one)
      expect(told).toMatchObject({ status: 'queued', detail: 'timeout', exitCode: 7 })
      expect(performance.now() - start).toBeLessThan(10_000)
    },
  )

  test('gives a copy an id of its own that names the original, and reports it once', async () => {
    const one = caseOf(plain)
    await client.report(one)
    const copied = storeOf(one)
    for (let n = 0; n < 2; n++) {
      expect(await client.report(one)).toMatchObject({ status: 'duplicate' })
    }
    writeFileSync(one.store ?? '', copied)
    collector.seen.length = 0
    expect(await client.report(one)).toMatchObject({ status: 'attributed' })
    const [asked, told] = collector.seen.map(({ body }) => new URLSearchParams(body))
    expect(collector.seen).toHaveLength(2)
    expect(told?.get('parent')).toBe(asked?.get('install'))
    expect(told?.get('receipt')).toBeNull()
    expect(storeOf(one)).toContain(
      `install=${told?.get('install')}\nparent=${asked?.get('install')}\n`,
    )
    collector.seen.length = 0
    await client.report(one)
    expect(new URLSearchParams(collector.seen[0]?.body).get('install')).toBe(told?.get('install'))
  })

  test("is a copy where the product's own id has changed", async () => {
    const one = caseOf(plain, { install: 'db-1' })
    await client.report(one)
    await client.report({ ...one, install: 'db-2' })
    const [, body] = collector.seen.map((form) => new URLSearchParams(form.body))
    expect([body?.get('install'), body?.get('parent'), body?.get('receipt')]).toEqual([
      'db-2',
      'db-1',
      null,
    ])
  })

  test('is told as ephemeral where nothing can be kept', async () => {
    const one = caseOf(plain)
    for (const store of [null, folder]) await client.report({ ...one, store })
    const forms = collector.seen.map(({ body }) => new URLSearchParams(body))
    expect(forms.map((form) => form.get('ephemeral'))).toEqual(['true', 'true'])
    expect(forms[0]?.get('install')).not.toBe(forms[1]?.get('install'))
  })

  test('prints one claim line for a site without internet, the same every time', async () => {
    const one = caseOf(plain, { at: '2026-11-22T10:00:00.000Z', version: '1' })
    const line = await client.offline(one)
    expect(parseClaimLine(line ?? '')).toMatchObject({
      ok: true,
      line: { product: 'acme-pbx', version: '1', claims: [{ source: 'flag', value: 'JANE' }] },
    })
    expect(await client.offline({ ...one, at: '2026-11-23T10:00:00.000Z' })).toBe(line)
    expect(await client.offline({ ...one, argv: ['--no-partner'] })).toBeNull()
    expect(collector.seen).toEqual([])
  })

  test('tells a code that is typed later, now or with the next report', async () => {
    const one = caseOf({ title: '' })
    expect(await client.partner({ ...one, code: 'le a' })).toMatchObject({ status: 'queued' })
    expect(await client.partner({ ...one, code: '$(id)' })).toMatchObject({ status: 'refused' })
    expect(collector.seen).toEqual([])
    expect(await client.report(one)).toMatchObject({ status: 'attributed', detail: 'LEA' })
    expect(await client.partner({ ...one, code: 'jane' })).toMatchObject({ detail: 'JANE' })
    const install = new URLSearchParams(collector.seen[0]?.body).get('install')
    expect(collector.seen.slice(1).map(({ path, body }) => [path, body])).toEqual([
      [`/v1/installs/${install}/claim`, 'key=pk_test&code=LEA'],
      [`/v1/installs/${install}/claim`, 'key=pk_test&code=JANE'],
    ])
  })

  test('takes no kept state that was damaged, and runs nothing of it', async () => {
    const one = caseOf(plain)
    mkdirSync(join(one.store ?? '', '..'), { recursive: true })
    writeFileSync(
      one.store ?? '',
      'install=$(touch pwned)\nreceipt=`touch pwned`\npending=x;touch pwned\n\0\n',
    )
    await client.report(one)
    expect(collector.seen).toHaveLength(1)
    expect(collector.seen[0]?.body).not.toContain('pwned')
    expect(existsSync('pwned')).toBe(false)
  })

  test('gives a reason for options that cannot be used', async () => {
    const wrong = [
      { endpoint: 'go.acme.test' },
      { install: 'a b' },
      { endpoint: 'ftp://go.acme.test' },
    ]
    for (const more of wrong) {
      const told = await client.report(caseOf(plain, more))
      expect(told).toMatchObject({ status: 'not_sent', detail: 'invalid_option', exitCode: 7 })
    }
  })
})

test.each(conformance.search)('what is chosen: $title', async (given) => {
  const { resolvePartner } = await import('../../src/install/index.ts')
  const { product, argv, env, config, stamps, url, self } = caseOf(given)
  const { chosen } = await resolvePartner({
    product,
    argv,
    env,
    configFiles: config,
    stampPaths: stamps,
    packageUrl: url ?? undefined,
    selfPath: self ?? undefined,
  })
  expect(chosen && `${chosen.source}:${chosen.value}`).toBe(given.chosen)
})

import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseClaimLine } from '../../src/install/index.ts'
import { clientsHere, drivenHere, has, resolve } from './clients.ts'
import { type Case, CONTRIB, conformance, type Given, laidOut } from './conformance-table.ts'
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
afterEach(() => collector.forget())
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
  return { ...known, store: join(place, 'sentby'), ...laidOut(given, place), ...more }
}
const plain: Given = { title: '', flag: 'JANE' }
const storeOf = (one: Case) => readFileSync(one.store ?? '', 'utf8')
const waitingOf = (one: Case) => /^pending=(s.*)$/m.exec(storeOf(one))?.[1]

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
    const { version, kept, body } = given
    const one = caseOf(given, { version: version ?? null })
    writeFileSync(one.store ?? '', `${kept.join('\n')}\n`)
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

  test('shows what it tells where a notice is enough, before anything is sent', async () => {
    collector.fail('http 500')
    const told = await client.report(caseOf(plain, { consent: 'notice' }))
    expect(told.stderr).toContain(new URL(collector.endpoint).host)
    expect(told.stderr).not.toContain('pk_test')
  })

  test('keeps a random id for itself, and gives the answer', async () => {
    const one = caseOf(plain)
    const first = await client.report(one)
    expect(first).toMatchObject({ status: 'attributed', detail: 'JANE', exitCode: 7 })
    expect(storeOf(one)).toMatch(/^install=[0-9a-f-]{32,36}$/m)
    expect(storeOf(one)).toMatch(/^receipt=1\.r{22}$/m)
    expect(statSync(one.store ?? '').mode & 0o777).toBe(0o600)
    const again = await client.report(one)
    expect(again).toMatchObject({ status: 'duplicate', stderr: '' })
    const ids = collector.seen.map(({ body }) => new URLSearchParams(body).get('install'))
    expect(new Set(ids).size).toBe(1)
    expect(storeOf(one)).toContain('receipt=2.')
    expect(readdirSync(dirname(one.store ?? ''))).toEqual(['sentby'])
  })

  test.each<[Fault]>([['http 500'], ['http 403 page'], ['page'], ['redirect'], ['lost reply']])(
    'keeps what met %s as a claim line, and sends it once with the next call',
    async (fault) => {
      const one = caseOf(plain)
      const before = Date.now()
      collector.fail(fault)
      expect(await client.report(one)).toMatchObject({ status: 'queued', exitCode: 7 })
      const read = parseClaimLine(waitingOf(one) ?? '')
      expect(read).toMatchObject({
        ok: true,
        line: { product: 'acme-pbx', claims: [{ source: 'flag', value: 'JANE' }] },
      })
      const at = read.ok ? read.line.at : ''
      expect(Math.abs(Date.parse(at) - before)).toBeLessThan(60_000)
      collector.seen.length = 0
      const later = await client.report(one)
      expect(later.status).toBe(fault === 'lost reply' ? 'duplicate' : 'attributed')
      expect(collector.seen).toHaveLength(1)
      expect(collector.seen[0]?.body).toContain(`&at=${encodeURIComponent(at)}&claim=`)
      expect(waitingOf(one)).toBeUndefined()
    },
  )

  test('keeps the same claim line for as long as nobody takes it', async () => {
    const one = caseOf(plain, { endpoint: await closedEndpoint() })
    await client.report(one)
    const line = waitingOf(one)
    expect(await client.report(one)).toMatchObject({ status: 'queued' })
    expect(waitingOf(one)).toBe(line)
  })

  test('sends what waited before what is new', async () => {
    const one = caseOf(plain, { endpoint: await closedEndpoint(), version: '1' })
    expect(await client.report(one)).toMatchObject({ status: 'queued' })
    await client.report({ ...one, version: '2', endpoint: collector.endpoint })
    const versions = collector.seen.map(({ body }) => new URLSearchParams(body).get('version'))
    expect(versions).toEqual(['1', '2'])
    expect(collector.seen.map(({ body }) => body.includes('&at='))).toEqual([true, false])
    expect(waitingOf(one)).toBeUndefined()
  })

  test('does not send again what the collector refused', async () => {
    const one = caseOf(plain)
    collector.fail('http 422 problem')
    const told = await client.report(one)
    expect(told).toMatchObject({ status: 'refused', detail: 'invalid_event' })
    expect(waitingOf(one)).toBeUndefined()
  })

  test.each<[Fault]>([['silence'], ['drip']])(
    'ends within its time when it meets %s',
    async (fault) => {
      const one = caseOf(plain, { timeout: 3 })
      collector.fail(fault)
      const start = performance.now()
      const told = await client.report(one)
      expect(told).toMatchObject({ status: 'queued', exitCode: 7 })
      expect(performance.now() - start).toBeLessThan(10_000)
      expect(collector.seen).toHaveLength(1)
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
    expect(told?.get('install')).not.toBe(asked?.get('install'))
    expect(storeOf(one).split('\n')).toEqual(
      expect.arrayContaining([
        `install=${told?.get('install')}`,
        `parent=${asked?.get('install')}`,
      ]),
    )
    collector.seen.length = 0
    await client.report(one)
    expect(new URLSearchParams(collector.seen[0]?.body).get('install')).toBe(told?.get('install'))
  })

  test('is told as ephemeral where nothing can be kept', async () => {
    const one = caseOf(plain)
    for (const store of [null, folder]) {
      expect(await client.report({ ...one, store })).toMatchObject({ status: 'attributed' })
    }
    const forms = collector.seen.map(({ body }) => new URLSearchParams(body))
    expect(forms.map((form) => form.get('ephemeral'))).toEqual(['true', 'true'])
    expect(forms[0]?.get('install')).not.toBe(forms[1]?.get('install'))
  })

  test('takes no kept state that was damaged, and runs nothing of it', async () => {
    const one = caseOf(plain)
    writeFileSync(
      one.store ?? '',
      'install=$(touch pwned)\nreceipt=`touch pwned`\npending=x;touch pwned\n\0\n',
    )
    await client.report(one)
    expect(collector.seen).toHaveLength(1)
    expect(collector.seen[0]?.body).not.toContain('pwned')
    expect(existsSync('pwned')).toBe(false)
  })
})

test.each(titled.filter(([name]) => name !== 'Node'))(
  '%s gives a site without internet its claim line, and tries nothing',
  async (_, client) => {
    const one = caseOf(plain, { endpoint: '' })
    expect(await client.report(one)).toMatchObject({ status: 'queued' })
    expect(parseClaimLine(waitingOf(one) ?? '').ok).toBe(true)
  },
)

test.each(drivenHere)('%s writes over a file that a killed process left', (_, command) => {
  const one = caseOf(plain, { endpoint: '' })
  // `exec` keeps the number of the process, which is part of that file's name.
  const left = `: >"$1.$$"; shift; exec "$@"`
  const input = JSON.stringify([{ do: 'report', ...one }])
  const args = ['-c', left, 'sh', one.store ?? '', ...command]
  const { stdout } = spawnSync('sh', args, { input, encoding: 'utf8' })
  expect(JSON.parse(stdout)).toMatchObject([{ status: 'queued' }])
  expect(readdirSync(dirname(one.store ?? ''))).toEqual(['sentby'])
})

test.each(conformance.search)('what is chosen: $title', async (given) => {
  const { chosen } = await resolve(caseOf(given))
  expect(chosen && `${chosen.source}:${chosen.value}`).toBe(given.chosen)
})

describe('the files that are copied into a product', () => {
  const files = readdirSync(CONTRIB).filter((name) => !name.endsWith('.json'))

  test.each(files)('%s has fewer than 120 lines, of 100 columns', (name) => {
    const lines = readFileSync(join(CONTRIB, name), 'utf8').trimEnd().split('\n')
    expect(lines.length).toBeLessThan(120)
    expect(lines.filter((line) => [...line].length > 100)).toEqual([])
  })

  test('are one for sh, one for PHP and one for Python', () => {
    expect(files).toEqual(['SentbyInstall.php', 'sentby-install.sh', 'sentby_install.py'])
  })

  test(`shellcheck ${has('shellcheck') ? 'has nothing to say' : 'is not installed here'}`, () => {
    if (!has('shellcheck')) return
    const script = join(CONTRIB, 'sentby-install.sh')
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})

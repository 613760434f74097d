/** The worked case of a PBX vendor, from the download page to the credited installation and its customer's payment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  Installed,
  // biome-ignore lint/correctness/useImportExtensions: it is JavaScript, with its types beside it.
} from '../../examples/odoo-pbx/example.mjs'
import { HERE, NOT_HERE, openPbxWorld, type World } from './odoo-pbx-world.ts'

const FIRST_DAY = '2025-02-01T10:00:00.000Z'
const PAYMENT_DAY = '2025-02-10T08:00:00.000Z'
/** The clock goes on from there. */
const ON_FIRST_DAY = expect.stringMatching(/^2025-02-01T10:0/)
const MAX_STAMP = { kind: 'stamp', code: 'MAX' }

const CASES = [
  ...HERE.map((product) => ({ engine: 'sqlite' as const, ...product })),
  ...HERE.slice(0, 1).map((product) => ({ engine: 'postgres' as const, ...product })),
]

interface CustomerCredit {
  credited: { code: string } | null
  anchor: string
  provisional: string | null
  candidates: { kind: string; code: string; carrier: string; verdict: string }[]
}

interface Downloads {
  data: { id: string; code: string; installations: number }[]
}

test(`clients that are not on this machine: ${NOT_HERE.join(', ') || 'none'}`, () => {
  expect(HERE.length).toBeGreaterThan(0)
})

describe.each(CASES)('the worked case with $file on $engine', ({ engine, kind, product, file }) => {
  let world: World
  let first: Installed
  let second: Installed
  beforeAll(async () => {
    world = await openPbxWorld(engine, FIRST_DAY)
    const path = await world.download(file, 'MAX')
    first = await world.machine(kind).install(path)
    second = await world.machine(kind).install(path, { env: { SENTBY_PARTNER: 'lea' } })
  })
  afterAll(() => world.close())

  const pay = async (customer: string, install: string): Promise<CustomerCredit> => {
    await world.setClock(PAYMENT_DAY)
    const money = { amount: 4900, currency: 'EUR', plan: 'monthly' }
    const sale = { id: `sale-${customer}`, type: 'sale', customer, order: `o-${customer}`, install }
    await world.ask('POST', '/v1/events', { events: [{ ...sale, ...money }] })
    return world.ask('GET', `/v1/customers/${customer}/credit`)
  }

  test('an installation where nothing is typed is credited to the code in the download', async () => {
    expect(first.lines.at(-1)).toContain('partner: attributed MAX')
    expect(await world.vendor.creditOf(first.install)).toMatchObject({
      credited: { partner: { name: 'Max, integrator' }, code: 'MAX' },
      anchor: ON_FIRST_DAY,
      candidates: [{ ...MAX_STAMP, verdict: 'won' }],
    })
  })

  test('a typed code beats the stamp of the same download, which stays as outranked', async () => {
    expect(second.lines.at(-1)).toContain('partner: attributed LEA')
    const { credited, candidates } = await world.vendor.creditOf(second.install)
    expect(credited?.code).toBe('LEA')
    const verdicts = candidates.map(({ kind, code, verdict }) => [kind, code, verdict])
    expect(verdicts.sort()).toEqual([
      ['stamp', 'MAX', 'outranked'],
      ['typed', 'LEA', 'won'],
    ])
  })

  test('one download at two machines is two installations of one download', async () => {
    const { data } = await world.ask<Downloads>('GET', `/v1/downloads?product=${product}`)
    expect(data).toMatchObject([{ code: 'MAX', installations: 2 }])
    expect(first.install).not.toBe(second.install)
  })

  test('support of the installation goes to MAX, whose group gives it, and not to LEA', async () => {
    expect(await world.vendor.supportOf(first.install)).toMatchObject({
      partner: { email: 'max@partner.example' },
      reason: 'credited',
    })
    const none = { partner: null, reason: 'no_support' }
    expect(await world.vendor.supportOf(second.install)).toEqual(none)
  })

  test('the payment of a customer that names the installation is credited through it', async () => {
    expect(await pay('cus_1', first.install)).toMatchObject({
      credited: { code: 'MAX' },
      // The sale ties the installation, which then is the customer's first conversion.
      anchor: ON_FIRST_DAY,
      provisional: null,
      candidates: [{ ...MAX_STAMP, carrier: `install:${first.install}`, verdict: 'won' }],
    })
    expect((await pay('cus_2', second.install)).credited?.code).toBe('LEA')
  })
})

/** Odoo's hook runs at the first installation alone; these installers run each time. */
const RERUN = HERE.filter(({ kind }) => kind !== 'odoo')

describe.each(RERUN)('installations of $file', ({ kind, file }) => {
  let world: World
  beforeAll(async () => {
    world = await openPbxWorld('sqlite', FIRST_DAY)
  })
  afterAll(() => world.close())

  test('five machines and one download are five installations, each once', async () => {
    const path = await world.download(file, 'MAX')
    const machines = Array.from({ length: 5 }, () => world.machine(kind))
    const ids = new Set<string>()
    for (const machine of machines) ids.add((await machine.install(path)).install)
    // The same again, at all of them at once.
    const again = await Promise.all(machines.map((machine) => machine.install(path)))
    for (const { install } of again) ids.add(install)
    expect(ids.size).toBe(5)
    const { data } = await world.ask<Downloads>('GET', '/v1/downloads?product=pbx')
    expect(data).toMatchObject([{ code: 'MAX', installations: 5 }])
  })

  test('an upgrade with the stamp of another partner keeps the credit', async () => {
    const machine = world.machine(kind)
    const { install } = await machine.install(await world.download(file, 'MAX'))
    await world.setClock('2025-02-03T10:00:00.000Z')
    const upgraded = await machine.install(await world.download(file, 'LEA'))
    expect(upgraded.install).toBe(install)
    expect(upgraded.lines.at(-1)).toBe('partner: conflict')
    const { credited, candidates } = await world.vendor.creditOf(install)
    expect(credited?.code).toBe('MAX')
    expect(candidates).toContainEqual(
      expect.objectContaining({ kind: 'stamp', code: 'LEA', verdict: 'after_anchor' }),
    )
  })

  test('a machine set up anew with another stamp is another installation, of that partner', async () => {
    const old = await world.machine(kind).install(await world.download(file, 'MAX'))
    const anew = await world.machine(kind).install(await world.download(file, 'LEA'))
    expect(anew.install).not.toBe(old.install)
    expect((await world.vendor.creditOf(anew.install)).credited?.code).toBe('LEA')
    expect((await world.vendor.creditOf(old.install)).credited?.code).toBe('MAX')
  })
})

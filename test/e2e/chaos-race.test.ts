import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decideStale } from '../../apps/collector/src/jobs/decide-stale.ts'
import { openTestCollector, type TestCollector } from '../../apps/collector/test/test-collector.ts'
import { CODES } from '../chaos/made-program.ts'
import { report } from '../chaos/report.ts'
import { compareDecisions } from '../chaos/what-is-stored.ts'
import type { WireEvent } from '../chaos/wire-events.ts'

// All thousand of each: CHAOS_ROUNDS=1000.
const rounds = (usual: number) => Number(process.env['CHAOS_ROUNDS'] ?? usual)
const COLLECTORS = 4
const CLAIMS = 64

let first: TestCollector
let apps: Pick<TestCollector['app'], 'request'>[]
/** The partners' ids by code. */
const partners = new Map<string, string>()
beforeAll(async () => {
  first = await openTestCollector('postgres')
  for (const code of CODES) {
    const partner = { email: `${code}@partner.test`, name: code, code }
    const made = (await (await first.send('POST', '/v1/partners', partner)).json()) as {
      id: string
    }
    partners.set(code, made.id)
  }
  apps = [first.app]
  while (apps.length < COLLECTORS) apps.push((await first.another()).app)
})
afterAll(() => first.closeAll())

interface Claim {
  open: boolean
  event: WireEvent
}

/** Sends each claim as a request of its own, all at once, over the collectors in turn. */
async function race(claims: readonly Claim[], statuses: Map<string, number>): Promise<void> {
  await Promise.all(
    claims.map(async ({ open, event }, turn) => {
      const key = open ? first.program.publishableKey : first.program.secretKey
      const response = await ask(turn, 'POST', '/v1/events', { events: [event] }, key)
      const { results } = (await response.json()) as { results?: { outcome: string }[] }
      const outcome = `${response.status} ${results?.[0]?.outcome}`
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1)
    }),
  )
}

async function ask(turn: number, method: string, path: string, body: object, key: string) {
  const app = apps[turn % COLLECTORS] ?? first.app
  const text = JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': String(text.length),
  }
  return app.request(path, { method, headers, body: text })
}

/** 64 claims for one customer: links of four partners, by visitors that open and trusted facts tie to it. */
function claimsFor(customer: string): Claim[] {
  const at = new Date(Date.now() - 3_600_000).toISOString()
  return Array.from({ length: CLAIMS }, (_, n): Claim => {
    const id = `${customer}-${n}`
    const visitor = `v_${customer}_${Math.floor(n / 16)}`
    const install = `i_${customer}_${n % 4}`
    const code = CODES[n % CODES.length] ?? 'ANN'
    const money = { order: `o-${id}`, amount: 100, currency: 'EUR' }
    const claims = [{ source: n % 8 === 1 ? 'flag' : 'url', value: code }]
    if (n % 16 < 6) return { open: true, event: { id, type: 'visit', at, visitor, code } }
    if (n % 16 < 8) return { open: true, event: { id, type: 'code', visitor, code } }
    if (n % 16 < 10)
      return { open: true, event: { id, type: 'install', install, product: 'p', visitor, claims } }
    if (n % 16 < 12) return { open: true, event: { id, type: 'identify', customer, visitor } }
    if (n % 16 < 13)
      return { open: true, event: { id, type: 'signup', customer, visitor, install } }
    if (n % 16 < 14) return { open: false, event: { id, type: 'signup', customer, visitor } }
    return { open: false, event: { id, type: 'sale', customer, visitor, ...money } }
  })
}

async function inParallel(work: (round: number) => Promise<void>, count: number, width: number) {
  const numbers = Array.from({ length: count }, (_, n) => n).values()
  const worker = async () => {
    for (const n of numbers) await work(n)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

async function rowsOf(prefix: string) {
  return first.deps.store.db
    .selectFrom('customer')
    .select(['id', 'partner_id', 'revision'])
    .where('program_id', '=', first.program.id)
    .where('id', 'like', `${prefix}%`)
    .execute()
}

describe('four collectors on one PostgreSQL', () => {
  const claimRounds = rounds(60)
  test(`decide a customer that ${CLAIMS} claims race for exactly once, in each of ${claimRounds} rounds`, {
    timeout: 60_000 + claimRounds * 1500,
  }, async () => {
    const statuses = new Map<string, number>()
    const start = performance.now()
    await inParallel((n) => race(claimsFor(`cus_race_${n}`), statuses), claimRounds, 3)
    const rows = await rowsOf('cus_race_')
    const { wronglyDecided } = await compareDecisions(first.deps.store, first.program.id)
    report('64 claims', {
      rounds: claimRounds,
      answers: JSON.stringify(Object.fromEntries(statuses)),
      decisions: rows.length,
      credited: rows.filter(({ partner_id }) => partner_id !== null).length,
      'unlike the facts': wronglyDecided.length,
      seconds: ((performance.now() - start) / 1000).toFixed(1),
    })
    expect(Object.fromEntries(statuses)).toEqual({ '200 stored': claimRounds * CLAIMS })
    expect(rows.length).toBe(claimRounds)
    expect(rows.every(({ partner_id }) => partner_id !== null)).toBe(true)
    expect(wronglyDecided).toEqual([])
  })

  const tieRounds = rounds(400)
  test(`credit a visit that races with its tie, in each of ${tieRounds} rounds`, {
    timeout: 60_000 + tieRounds * 200,
  }, async () => {
    const statuses = new Map<string, number>()
    const start = performance.now()
    const at = new Date(Date.now() - 3_600_000).toISOString()
    const round = (n: number) => {
      const customer = `cus_tie_${n}`
      const visitor = `v_tie_${n}`
      const visit: WireEvent = { id: `visit-${n}`, type: 'visit', at, visitor, code: 'BEN' }
      const tie: WireEvent = { id: `tie-${n}`, type: 'signup', customer, visitor }
      const claims = [
        { open: true, event: visit },
        { open: n % 3 > 0, event: tie },
      ]
      return race(n % 2 === 0 ? claims : claims.reverse(), statuses)
    }
    await inParallel(round, tieRounds, 8)
    const rows = await rowsOf('cus_tie_')
    const { wronglyDecided } = await compareDecisions(first.deps.store, first.program.id)
    report('a visit against its tie', {
      rounds: tieRounds,
      decisions: rows.length,
      credited: rows.filter(({ partner_id }) => partner_id === partners.get('BEN')).length,
      'unlike the facts': wronglyDecided.length,
      seconds: ((performance.now() - start) / 1000).toFixed(1),
    })
    expect(Object.fromEntries(statuses)).toEqual({ '200 stored': 2 * tieRounds })
    expect(rows.length).toBe(tieRounds)
    expect(rows.every(({ partner_id }) => partner_id === partners.get('BEN'))).toBe(true)
    expect(wronglyDecided).toEqual([])
  })

  const changeRounds = rounds(100)
  test(`give the same credit whether a code, a status or a policy comes before or after the facts, in ${changeRounds} rounds`, {
    timeout: 60_000 + changeRounds * 1000,
  }, async () => {
    const statuses = new Map<string, number>()
    const changes = new Map<string, number>()
    const start = performance.now()
    const longAgo = new Date(Date.now() - 3_600_000).toISOString()
    const change = async (turn: number, method: string, path: string, body: object) => {
      const response = await ask(turn, method, path, body, first.program.secretKey)
      const name = `${method} ${path.replace(/ptr_\w+/, 'ID')} ${response.status}`
      changes.set(name, (changes.get(name) ?? 0) + 1)
      return response
    }
    const round = async (n: number) => {
      const [customer, visitor, code] = [`cus_new_${n}`, `v_new_${n}`, `NEWCODE${100_000 + n}`]
      const facts = [
        { open: true, event: { id: `nv-${n}`, type: 'visit', at: longAgo, visitor, code } },
        { open: false, event: { id: `ns-${n}`, type: 'signup', customer, visitor } },
        { open: true, event: { id: `nc-${n}`, type: 'code', at: longAgo, visitor, code } },
      ]
      const enrol = async () => {
        const partner = { email: `new-${n}@partner.test`, name: `New ${n}`, code }
        await change(n + 3, 'POST', '/v1/partners', partner)
        if (n % 5 === 0)
          await change(n, 'PATCH', `/v1/partners/${partners.get('DAN')}`, { status: 'inactive' })
        if (n % 5 === 2)
          await change(n, 'PATCH', `/v1/partners/${partners.get('DAN')}`, { status: 'active' })
        if (n % 10 === 4) await change(n, 'PUT', '/v1/program/policy', { within: 'first' })
      }
      await Promise.all([enrol(), race(facts, statuses)])
    }
    await inParallel(round, changeRounds, 6)
    await decideStale(first.deps)
    const rows = await rowsOf('cus_new_')
    const { wronglyDecided, customers } = await compareDecisions(first.deps.store, first.program.id)
    report('changes against facts', {
      rounds: changeRounds,
      changes: JSON.stringify(Object.fromEntries(changes)),
      decisions: rows.length,
      credited: rows.filter(({ partner_id }) => partner_id !== null).length,
      'all customers': customers,
      'unlike the facts': wronglyDecided.length,
      seconds: ((performance.now() - start) / 1000).toFixed(1),
    })
    expect(Object.fromEntries(statuses)).toEqual({ '200 stored': 3 * changeRounds })
    expect([...changes.keys()].filter((name) => !/ 20[01]$/.test(name))).toEqual([])
    expect(rows.length).toBe(changeRounds)
    expect(rows.every(({ partner_id }) => partner_id !== null)).toBe(true)
    expect(wronglyDecided).toEqual([])
  })
})

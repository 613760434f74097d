import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLimits, RATES } from '../src/services/limits.ts'
import { type Subject, SubjectBudget } from '../src/services/subject-budget.ts'
import { openTestCollector } from './test-collector.ts'

const NOON = Date.parse('2026-11-22T12:00:00.000Z')
const DAY_MS = 24 * 60 * 60 * 1000
const times = (count: number, subject: Subject) => Array.from({ length: count }, () => subject)

test('a subject is named as often as allowed and not once more, whatever others are named', () => {
  const budget = new SubjectBudget()
  const busy = { name: 'busy', most: 3 }
  for (let n = 0; n < 100_000; n++) budget.take(NOON, [{ name: `other${n}`, most: 100 }])
  expect(budget.take(NOON, times(2, busy))).toBe(true)
  expect(budget.take(NOON, [busy])).toBe(true)
  expect(budget.take(NOON, [busy])).toBe(false)
  expect(budget.take(NOON, [{ name: 'calm', most: 3 }])).toBe(true)
})

test('what does not fit as a whole takes nothing', () => {
  const budget = new SubjectBudget()
  const [one, two] = [
    { name: 'one', most: 2 },
    { name: 'two', most: 2 },
  ]
  expect(budget.take(NOON, [one, ...times(3, two)])).toBe(false)
  expect(budget.take(NOON, [...times(2, one), ...times(2, two)])).toBe(true)
})

test('the budget is new at midnight UTC', () => {
  const budget = new SubjectBudget()
  const subject = { name: 's', most: 1 }
  const midnight = Math.ceil(NOON / DAY_MS) * DAY_MS
  expect(budget.take(NOON, [subject])).toBe(true)
  expect(budget.take(midnight - 1, [subject])).toBe(false)
  expect(budget.take(midnight, [subject])).toBe(true)
})

const carriers = RATES.openFactsOfCarrier.points
const customers = RATES.openFactsOfCustomer.points
const identify = (n: number, more: object) => ({ id: `e${n}`, type: 'identify', ...more })

test.each<[string, number, (n: number) => object]>([
  ['a visitor', carriers, (n) => identify(n, { customer: `c${n}`, visitor: 'v' })],
  ['an installation', carriers, (n) => identify(n, { customer: `c${n}`, install: 'i' })],
  ['a customer', customers, (n) => identify(n, { customer: 'c', visitor: `v${n}` })],
])('open facts name %s %i times a day, secret ones without end', async (_name, most, event) => {
  const collector = await openTestCollector('sqlite', { limits: createLimits() })
  const { publishableKey } = collector.program
  const send = (from: number, count: number, key?: string) =>
    collector.events(
      Array.from({ length: count }, (_, n) => event(from + n)),
      key,
    )
  expect((await send(0, most, publishableKey)).status).toBe(200)
  const past = await send(most, 1, publishableKey)
  expect(past.status).toBe(429)
  expect(past.headers.get('retry-after')).toBe('3600')
  expect(await past.json()).toMatchObject({ code: 'budget_spent', retryable: true })
  expect((await send(most, 1)).status).toBe(200)
  await collector.closeAll()
})

test('nobody spends the budget of signed events of a customer', async () => {
  const collector = await openTestCollector('sqlite', { limits: createLimits() })
  const { publishableKey, identitySecret } = collector.program
  const flood = Array.from({ length: customers }, (_, n) =>
    identify(n, { customer: 'c', visitor: `v${n}` }),
  )
  expect((await collector.events(flood, publishableKey)).status).toBe(200)
  const unix = Math.floor(collector.deps.clock.now() / 1000)
  const mac = createHmac('sha256', identitySecret).update(`${unix}:acme:c`).digest('hex')
  const signature = `${unix}.${mac}`
  const signed = identify(customers, { customer: 'c', visitor: 'own', signature })
  expect((await collector.events([signed], publishableKey)).status).toBe(200)
  await collector.closeAll()
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

describe.each(ENGINES)('events on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test('an event is stored once and answered again with the same verdict', async () => {
    const visit = { id: 'e1', type: 'visit', visitor: 'v_1', code: 'no-body' }
    for (const outcome of ['stored', 'duplicate']) {
      const response = await collector.events([visit], collector.program.publishableKey)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({
        results: [{ id: 'e1', outcome, verdict: { status: 'unknown_code', code: 'NOBODY' } }],
      })
    }
  })
  // RULES F4: the sender's clock says something of its `at`, and nothing of a fact that has none.
  test.each([
    ['without its own time happened when it came', 60, undefined, 0],
    ['with a time happened as much before as its sender says', 60, 60, 0],
    ['of a sender a minute fast is not shifted', 1, undefined, 0],
    ['of a slow sender without its own time happened when it came', -60, undefined, 0],
    ['of a slow sender with a time is shifted too', -60, -90, -30],
  ])('an event %s', async (title, fastMinutes, atMinutes, minutes) => {
    const received = Date.UTC(2026, 0, 2, 12)
    collector.deps.testClock?.set(received)
    const later = (by: number) => new Date(received + by * 60_000).toISOString()
    const order = title.replaceAll(' ', '-')
    const sale = { type: 'sale', customer: order, order, amount: 100, currency: 'EUR' }
    const at = atMinutes === undefined ? {} : { at: later(atMinutes) }
    const sent = [{ id: order, ...sale, ...at }]
    const response = await collector.events(sent, undefined, { sentAt: later(fastMinutes) })
    expect(await response.json()).toMatchObject({ results: [{ outcome: 'stored' }] })
    const credit = await collector.send('GET', `/v1/customers/${order}/credit`)
    const { anchor } = (await credit.json()) as { anchor: string }
    // The clock goes on while the event is sent.
    const late = Date.parse(anchor) - Date.parse(later(minutes))
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(60_000)
  })
})

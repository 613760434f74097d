import { openStore } from '@sentby/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readStripeEvent } from '../../src/adapters/stripe/read-stripe-event.ts'
import { envelope } from '../../src/adapters/stripe/shapes.ts'
import { rememberPayments } from '../../src/services/billing/remember-payments.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import {
  invoice,
  invoicePayment,
  oldInvoice,
  refund,
  type StripeEvent,
  stripeEvent,
} from './payloads.ts'
import { deliver, openStripeCollector, saleOf, taken, waitingRefunds } from './stripe-collector.ts'

describe.each(ENGINES)('deliveries that are interrupted, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openStripeCollector(engine, { committer: { deadlineMs: 400 } })
  })
  afterAll(() => collector.closeAll())

  /** Sends it again while the collector is busy, as Stripe does. */
  async function takenAtLast(event: StripeEvent): Promise<string> {
    for (let tries = 0; tries < 50; tries++) {
      const response = await deliver(collector, event)
      if (response.status === 200) return ((await response.json()) as { outcome: string }).outcome
      expect(response.status).toBe(503)
    }
    throw new Error('busy for ever')
  }

  /** What stays when the process dies after it remembered and before anything became a fact. */
  async function dieAfterRemembering(event: StripeEvent): Promise<void> {
    const read = readStripeEvent({ event: envelope.parse(event), knownCode: () => undefined })
    if (read) await rememberPayments(collector.deps, collector.program.id, read)
  }

  test('whoever dies after remembering loses nothing and doubles nothing', async () => {
    const make = (name: string) => [
      stripeEvent('invoice.paid', oldInvoice(`in_${name}`, name)),
      stripeEvent('refund.created', refund(`re_${name}`, name, 900)),
      stripeEvent('invoice_payment.paid', invoicePayment(`in_${name}`, name)),
    ]
    for (const [round, places] of [
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
      [2, 1, 0],
    ].entries()) {
      for (const dies of places) {
        const name = `die${round}${dies}`
        const events = make(name)
        for (const place of places) {
          const event = events[place]
          if (!event) continue
          if (place === dies) await dieAfterRemembering(event)
          await taken(collector, event)
        }
        const { refunded, refunds } = await saleOf(collector, `in_${name}`)
        expect([name, refunded]).toEqual([name, 900])
        expect(refunds).toHaveLength(1)
      }
    }
    expect(await waitingRefunds(collector)).toBe(0)
  })

  test('whoever dies after a refund became a fact, and before forgetting it, doubles nothing', async () => {
    const told = stripeEvent('refund.created', refund('re_kept', 'kept', 900))
    const paid = stripeEvent('invoice.paid', oldInvoice('in_kept', 'kept'))
    await taken(collector, told)
    const { db } = collector.deps.store
    const rows = await db.selectFrom('stripe_refund').selectAll().execute()
    expect(rows.map(({ payment }) => payment).sort()).toEqual(['ch_kept', 'pi_kept'])
    await taken(collector, paid)
    await db.insertInto('stripe_refund').values(rows).execute()
    expect(await taken(collector, paid)).toBe('duplicate')
    expect(await db.selectFrom('stripe_refund').selectAll().execute()).toEqual([])
    expect(await saleOf(collector, 'in_kept')).toMatchObject({
      refunded: 900,
      refunds: [{ refund: 're_kept' }],
    })
  })

  test('deliveries at the same time, on two collectors and repeated, come to the same', async () => {
    const others = engine === 'postgres' ? [await collector.another()] : []
    const collectors = [collector, ...others]
    for (const other of others) other.deps.testClock?.set(collector.deps.clock.now())
    const rounds = 12
    const events = Array.from({ length: rounds }, (_, round) => [
      stripeEvent('invoice.paid', invoice(`in_race${round}`)),
      stripeEvent('invoice_payment.paid', invoicePayment(`in_race${round}`, `race${round}`)),
      stripeEvent('refund.created', refund(`re_race${round}`, `race${round}`, 900)),
    ]).flat()
    const all = events.flatMap((event) => collectors.map((to) => ({ to, event })))
    const answers = await Promise.all(
      [...all, ...all.reverse()].map(({ to, event }) => deliver(to, event)),
    )
    // Busy is an answer too: Stripe comes again.
    for (const { status } of answers) expect([200, 503]).toContain(status)
    for (const event of events) await takenAtLast(event)
    for (let round = 0; round < rounds; round++) {
      expect(await saleOf(collector, `in_race${round}`)).toMatchObject({
        amount: 4900,
        refunded: 900,
      })
    }
  })

  test('a database that somebody else holds is answered with 503, and Stripe comes again', async () => {
    const holder = openStore(collector.databaseUrl)
    let release = () => {}
    let isHeld = () => {}
    const held = new Promise<void>((resolve) => {
      isHeld = resolve
    })
    const done = holder.transaction(async (tx) => {
      await tx.lockProgram(collector.program.id, 'exclusive')
      isHeld()
      await new Promise<void>((resolve) => {
        release = resolve
      })
    })
    await held
    const event = stripeEvent('invoice.paid', invoice('in_busy'))
    const response = await deliver(collector, event)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
    release()
    await done
    await holder.close()
    expect(['stored', 'duplicate']).toContain(await takenAtLast(event))
    expect(await saleOf(collector, 'in_busy')).toMatchObject({ amount: 4900 })
  })

  test('a collector that stops takes nothing more', async () => {
    const other = engine === 'postgres' ? await collector.another() : undefined
    const stopping = other ?? collector
    stopping.deps.testClock?.set(collector.deps.clock.now())
    stopping.drain()
    const event = stripeEvent('invoice.paid', invoice('in_late'))
    expect((await deliver(stopping, event)).status).toBe(503)
  })
})

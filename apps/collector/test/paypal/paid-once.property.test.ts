import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderRefusal } from '../../src/adapters/payouts/provider.ts'
import { runSending } from '../../src/jobs/send-payouts.ts'
import { reconcileDue } from '../../src/services/payouts/reconcile.ts'
import { beginSending, sendBatch } from '../../src/services/payouts/send-batch.ts'
import type { SendDeps } from '../../src/services/payouts/sending.ts'
import { provesItself } from '../rewards/proof.ts'
import { World as RewardsWorld } from '../rewards/world.ts'
import { ENGINES } from '../test-collector.ts'
import type { Fault } from './fake-paypal.ts'
import { MINUTE_MS, openPaypalWorld, type PaypalWorld } from './paypal-world.ts'

const AFTER_PAYING: Fault[] = [
  'silent after paying',
  'silent after paying',
  'silent after paying',
  'cut after paying',
  '500 after paying',
  'garbage after paying',
  'html after paying',
]
const OTHER: Fault[] = [
  ...AFTER_PAYING,
  '500 before paying',
  'cut before paying',
  '429',
  '401 once',
  '403',
  'insufficient funds',
  'refused',
]
/** How the first collector fares. */
const FATES = ['lives', 'dies before it asks', 'dies before it hears', 'is overtaken'] as const

const oneRun = fc.record({
  amounts: fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 3 }),
  faults: fc.array(fc.constantFrom(...OTHER), { maxLength: 3 }),
  first: fc.constantFrom(...AFTER_PAYING),
  fate: fc.constantFrom(...FATES),
  collectors: fc.integer({ min: 1, max: 3 }),
  end: fc.constantFrom('SUCCESS', 'SUCCESS', 'SUCCESS', 'RETURNED', 'FAILED'),
  wakes: fc.boolean(),
})
type Run = typeof oneRun extends fc.Arbitrary<infer One> ? One : never

describe.each(ENGINES)('PayPal that does not answer after it paid, on %s', (engine) => {
  let own: PaypalWorld
  let calls = 0
  let runs = 0

  beforeAll(async () => {
    own = await openPaypalWorld(engine, { paymentTimeoutMs: 120 })
  })
  afterAll(() => own.end())

  test('nobody is paid twice, and all money is paid or back in the balance', async () => {
    const numRuns = Number(process.env['PROPERTY_RUNS'] ?? (engine === 'sqlite' ? 40 : 15))
    await fc.assert(fc.asyncProperty(oneRun, run), { numRuns })
    expect(own.paypal.paidTwice()).toEqual([])
    expect(await own.world.faults()).toEqual([])
    await provesItself(new RewardsWorld(own.world.collector))
    const paid = own.paypal.paid.size
    process.stdout.write(
      `${engine}: ${runs} runs, ${calls} calls to pay, ${paid} payments, none paid twice\n`,
    )
  }, 1_200_000)

  async function run({ amounts, first, faults, fate, collectors, end, wakes }: Run): Promise<void> {
    runs++
    const { paypal, deps } = own
    paypal.heal()
    const partners: string[] = []
    for (const amount of amounts) partners.push(await own.partner(amount))
    const batch = await own.close(partners)
    paypal.faults.push(first, ...faults)
    paypal.itemStatus = end === 'SUCCESS' ? 'SUCCESS' : 'PENDING'
    await begin(batch, fate)
    const all: SendDeps[] = [deps, own.another(), own.another()].slice(0, collectors)
    for (let round = 0; round < 40; round++) {
      const minutes = [6, 6, 6, 16, 61][round] ?? 361
      deps.testClock?.set(deps.clock.now() + minutes * MINUTE_MS)
      await Promise.all(all.map((one) => runSending(one)))
      for (const item of paypal.batchOfKey(batch)?.items ?? []) {
        // PayPal's own order: what is paid stays so, what waits ends.
        if (item.status === 'PENDING') item.status = end
      }
      if (wakes) await wake(batch)
      if (round > 0 && (await isOver(batch))) break
    }
    calls += paypal.requests.filter((request) => request === 'POST /v1/payments/payouts').length
    await compare(batch, partners, amounts)
  }

  async function begin(batch: string, fate: Run['fate']): Promise<void> {
    const { programId } = own.world
    const { deps } = own
    if (fate === 'lives') {
      await sendBatch(deps, programId, batch, 'test')
      return
    }
    const provider = await deps.providers.of(programId, 'paypal')
    const asked = await beginSending(deps, programId, batch, provider, 'test')
    if (fate === 'dies before it asks' || !provider || !asked) return
    const call = provider.send(asked).catch((error: ProviderRefusal) => error)
    if (fate === 'is overtaken') {
      deps.testClock?.set(deps.clock.now() + 10 * MINUTE_MS)
      await reconcileDue(own.another(), programId)
    }
    await call
  }

  async function wake(batch: string): Promise<void> {
    const id = own.paypal.batchOfKey(batch)?.id
    const header = { payout_batch_id: id, sender_batch_header: { sender_batch_id: batch } }
    await own.world.call('POST', '/v1/paypal/acme', { resource: { batch_header: header } })
  }

  async function isOver(batch: string): Promise<boolean> {
    const { states } = await own.batch(batch)
    return states.every(({ status }) => status !== 'submitted' && status !== 'unknown')
  }

  /** What a person with PayPal's statement in hand would check. */
  async function compare(
    batch: string,
    partners: readonly string[],
    amounts: readonly number[],
  ): Promise<void> {
    const payouts = await own.payouts(batch)
    const items = own.paypal.batchOfKey(batch)?.items ?? []
    for (const payout of payouts) {
      const item = items.find(({ id }) => id === payout.id)
      const isPaid = item?.status === 'SUCCESS'
      const times = own.paypal.paid.get(payout.id)?.length ?? 0
      expect({ status: payout.status, times }).toEqual(
        isPaid
          ? { status: 'paid', times: 1 }
          : { status: expect.stringMatching(/^(failed|returned)$/), times: 0 },
      )
      const balance = await own.world.balance(payout.partner)
      const amount = amounts[partners.indexOf(payout.partner)] ?? 0
      expect(balance).toEqual([
        expect.objectContaining({
          approved: isPaid ? 0 : amount,
          reserved: 0,
          settled: isPaid ? amount : 0,
        }),
      ])
    }
  }
})

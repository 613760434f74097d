import { describe, expect, test, vi } from 'vitest'
import { type SentbyEvent, ValidationError } from '../src/index.ts'
import { enqueueMany, queueBench, tie } from './queue-bench.ts'

const bench = queueBench()

describe('enqueue', () => {
  test('gives the id at once and sends nothing yet', () => {
    const sentby = bench.client()
    const { id: _id, ...fields } = tie('')
    expect(sentby.enqueue({ ...fields, type: 'signup', customer: 'cus_9' })).toBe('signup:cus_9')
    expect(sentby.enqueue(tie('mine'))).toBe('emine')
    expect(sentby.enqueue({ type: 'cancel', customer: 'cus_9' })).toMatch(/^[0-9A-Z]{26}$/)
    expect(bench.collector.seen).toHaveLength(0)
  })

  test('keeps the moment of the call, or the one that was given', async () => {
    let now = Date.parse('2026-11-22T10:00:00.000Z')
    const sentby = bench.client({ now: () => now })
    sentby.enqueue(tie(1))
    sentby.enqueue({ ...tie(2), at: '2026-01-01T00:00:00Z' })
    now += 5_000
    await sentby.flush()
    expect(bench.collector.seen[0]?.events.map(({ at }) => at)).toEqual([
      '2026-11-22T10:00:00.000Z',
      '2026-01-01T00:00:00Z',
    ])
    expect(bench.collector.seen[0]?.sentAt).toBe('2026-11-22T10:00:05.000Z')
  })

  test('takes a copy: what the caller changes later is not sent', async () => {
    const sentby = bench.client()
    const event = { type: 'identify', id: 'e', customer: 'cus_9', name: 'before' } as const
    const changing: { name: string } & SentbyEvent = { ...event }
    sentby.enqueue(changing)
    changing.name = 'after'
    await sentby.flush()
    expect(bench.collector.seen[0]?.events[0]).toMatchObject({ name: 'before' })
  })

  test('refuses a wrong event and an unknown type in the call itself', () => {
    const sentby = bench.client()
    const wrong = { type: 'sale', customer: 'c', order: 'o', currency: 'EUR', amount: 0.5 } as const
    expect(() => sentby.enqueue(wrong)).toThrow(ValidationError)
    expect(() => sentby.enqueue({ type: 'salez' } as unknown as SentbyEvent)).toThrow(/\/?type/)
    expect(() => sentby.enqueue({ type: 'toString' } as unknown as SentbyEvent)).toThrow(
      ValidationError,
    )
  })

  test('sends by itself when flushAt events wait', async () => {
    const sentby = bench.client({ flushAt: 3 })
    enqueueMany(sentby, 2)
    expect(bench.collector.seen).toHaveLength(0)
    sentby.enqueue(tie('last'))
    await bench.collector.requests(1)
    expect(bench.batchSizes()).toEqual([3])
  })

  test('sends by itself when flushIntervalMs is over', async () => {
    bench.client({ flushIntervalMs: 20 }).enqueue(tie(1))
    await bench.collector.requests(1)
    expect(bench.batchSizes()).toEqual([1])
  })
})

describe('flush', () => {
  test('of an empty queue asks nobody', async () => {
    expect(await bench.client().flush()).toEqual({ sent: 0, dropped: 0, queued: 0 })
    expect(bench.collector.seen).toHaveLength(0)
  })

  test('sends batches of 500 events at most, in order', async () => {
    const sentby = bench.client()
    enqueueMany(sentby, 1_001)
    expect(await sentby.flush()).toEqual({ sent: 1_001, dropped: 0, queued: 0 })
    expect(bench.batchSizes()).toEqual([500, 500, 1])
    expect(bench.collector.seen[1]?.events[0]?.id).toBe('e500')
  })

  test('sends bodies of 512 KB at most', async () => {
    const sentby = bench.client()
    // Longer than a name may be, so each is rejected: what counts here is how they went out.
    enqueueMany(sentby, 40, 'é'.repeat(14_000))
    await sentby.flush()
    expect(bench.batchSizes()).toEqual([18, 18, 4])
    for (const { text } of bench.collector.seen) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512 * 1024)
    }
  })

  test('waits for the batch under way, and for no event that came after the call', async () => {
    const sentby = bench.client()
    sentby.enqueue(tie(1))
    const first = sentby.flush()
    sentby.enqueue(tie(2))
    const second = sentby.flush()
    expect(await first).toEqual({ sent: 1, dropped: 0, queued: 1 })
    expect(await second).toEqual({ sent: 2, dropped: 0, queued: 0 })
    expect(bench.batchSizes()).toEqual([1, 1])
  })

  test('tells a rejected and a conflicting event to onError, and the rest is sent', async () => {
    const sentby = bench.client()
    sentby.enqueue(tie(1, 'one'))
    sentby.enqueue(tie(1, 'another'))
    sentby.enqueue(tie(2, 'x'.repeat(300)))
    sentby.enqueue(tie(3))
    expect(await sentby.flush()).toEqual({ sent: 2, dropped: 2, queued: 0 })
    expect(bench.reports).toEqual([
      { code: 'conflict', report: { dropped: 1, ids: ['e1'] } },
      { code: 'invalid_event', report: { dropped: 1, ids: ['e2'] } },
    ])
  })

  test('an onError that throws costs no other event', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const sentby = bench.client({
      onError: () => {
        throw new Error('mine')
      },
    })
    sentby.enqueue(tie(1, 'x'.repeat(300)))
    sentby.enqueue(tie(2))
    expect(await sentby.flush()).toEqual({ sent: 1, dropped: 1, queued: 0 })
    expect(said).toHaveBeenCalledOnce()
  })

  test('without onError a drop is said on the console, without the key', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    bench.collector.fail({ kind: 'problem', code: 'unknown_key' })
    const sentby = bench.client({ onError: undefined })
    sentby.enqueue(tie(1))
    await sentby.flush()
    expect(said.mock.calls).toEqual([['sentby: 401 unknown_key: a detail (events dropped: 1)']])
  })
})

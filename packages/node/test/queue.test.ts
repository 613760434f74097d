import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type DropReport,
  Sentby,
  type SentbyError,
  type SentbyEvent,
  type SentbyOptions,
  ValidationError,
} from '../src/index.ts'
import { type Collector, type Fault, startCollector } from './collector-server.ts'

let collector: Collector
let reports: { code: string; report: DropReport }[] = []
const clients: Sentby[] = []
beforeEach(async () => {
  collector = await startCollector()
  reports = []
})
afterEach(async () => {
  for (const one of clients.splice(0)) await one.close({ timeoutMs: 0 })
  await collector.close()
})

function onError(error: SentbyError, report: DropReport): void {
  reports.push({ code: error.code, report })
}

function client(options: Partial<SentbyOptions> = {}): Sentby {
  const sentby = new Sentby({
    key: 'sk_test',
    endpoint: collector.endpoint,
    random: () => 0,
    flushAt: 100_000,
    flushIntervalMs: 1_000_000,
    maxRetries: 0,
    onError,
    ...options,
  })
  clients.push(sentby)
  return sentby
}

const tie = (id: string | number, name?: string): SentbyEvent => ({
  type: 'identify',
  id: `e${id}`,
  customer: 'cus_9',
  name,
})

function enqueueMany(sentby: Sentby, count: number, name?: string): void {
  for (let i = 0; i < count; i++) sentby.enqueue(tie(i, name))
}

const batchSizes = () => collector.seen.map(({ events }) => events.length)
const UNAVAILABLE: Fault = { kind: 'problem', code: 'overloaded' }

describe('enqueue', () => {
  test('gives the id at once and sends nothing yet', () => {
    const sentby = client()
    const { id: _id, ...fields } = tie('')
    expect(sentby.enqueue({ ...fields, type: 'signup', customer: 'cus_9' })).toBe('signup:cus_9')
    expect(sentby.enqueue(tie('mine'))).toBe('emine')
    expect(sentby.enqueue({ type: 'cancel', customer: 'cus_9' })).toMatch(/^[0-9A-Z]{26}$/)
    expect(collector.seen).toHaveLength(0)
  })

  test('keeps the moment of the call, or the one that was given', async () => {
    let now = Date.parse('2026-11-22T10:00:00.000Z')
    const sentby = client({ now: () => now })
    sentby.enqueue(tie(1))
    sentby.enqueue({ ...tie(2), at: '2026-01-01T00:00:00Z' })
    now += 5_000
    await sentby.flush()
    expect(collector.seen[0]?.events.map(({ at }) => at)).toEqual([
      '2026-11-22T10:00:00.000Z',
      '2026-01-01T00:00:00Z',
    ])
    expect(collector.seen[0]?.sentAt).toBe('2026-11-22T10:00:05.000Z')
  })

  test('takes a copy: what the caller changes later is not sent', async () => {
    const sentby = client()
    const event = { type: 'identify', id: 'e', customer: 'cus_9', name: 'before' } as const
    const changing: { name: string } & SentbyEvent = { ...event }
    sentby.enqueue(changing)
    changing.name = 'after'
    await sentby.flush()
    expect(collector.seen[0]?.events[0]).toMatchObject({ name: 'before' })
  })

  test('refuses a wrong event and an unknown type in the call itself', () => {
    const sentby = client()
    const wrong = { type: 'sale', customer: 'c', order: 'o', currency: 'EUR', amount: 0.5 } as const
    expect(() => sentby.enqueue(wrong)).toThrow(ValidationError)
    expect(() => sentby.enqueue({ type: 'salez' } as unknown as SentbyEvent)).toThrow(/\/?type/)
    expect(() => sentby.enqueue({ type: 'toString' } as unknown as SentbyEvent)).toThrow(
      ValidationError,
    )
  })

  test('sends by itself when flushAt events wait', async () => {
    const sentby = client({ flushAt: 3 })
    enqueueMany(sentby, 2)
    expect(collector.seen).toHaveLength(0)
    sentby.enqueue(tie('last'))
    await collector.requests(1)
    expect(batchSizes()).toEqual([3])
  })

  test('sends by itself when flushIntervalMs is over', async () => {
    client({ flushIntervalMs: 20 }).enqueue(tie(1))
    await collector.requests(1)
    expect(batchSizes()).toEqual([1])
  })
})

describe('flush', () => {
  test('of an empty queue asks nobody', async () => {
    expect(await client().flush()).toEqual({ sent: 0, dropped: 0, queued: 0 })
    expect(collector.seen).toHaveLength(0)
  })

  test('sends batches of 500 events at most, in order', async () => {
    const sentby = client()
    enqueueMany(sentby, 1_001)
    expect(await sentby.flush()).toEqual({ sent: 1_001, dropped: 0, queued: 0 })
    expect(batchSizes()).toEqual([500, 500, 1])
    expect(collector.seen[1]?.events[0]?.id).toBe('e500')
  })

  test('sends bodies of 512 KB at most', async () => {
    const sentby = client()
    // Longer than a name may be, so each is rejected: what counts here is how they went out.
    enqueueMany(sentby, 40, 'é'.repeat(14_000))
    await sentby.flush()
    expect(batchSizes()).toEqual([18, 18, 4])
    for (const { text } of collector.seen) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512 * 1024)
    }
  })

  test('waits for the batch under way, and for no event that came after the call', async () => {
    const sentby = client()
    sentby.enqueue(tie(1))
    const first = sentby.flush()
    sentby.enqueue(tie(2))
    const second = sentby.flush()
    expect(await first).toEqual({ sent: 1, dropped: 0, queued: 1 })
    expect(await second).toEqual({ sent: 2, dropped: 0, queued: 0 })
    expect(batchSizes()).toEqual([1, 1])
  })

  test('tells a rejected and a conflicting event to onError, and the rest is sent', async () => {
    const sentby = client()
    sentby.enqueue(tie(1, 'one'))
    sentby.enqueue(tie(1, 'another'))
    sentby.enqueue(tie(2, 'x'.repeat(300)))
    sentby.enqueue(tie(3))
    expect(await sentby.flush()).toEqual({ sent: 2, dropped: 2, queued: 0 })
    expect(reports).toEqual([
      { code: 'conflict', report: { dropped: 1, ids: ['e1'] } },
      { code: 'invalid_event', report: { dropped: 1, ids: ['e2'] } },
    ])
  })

  test('an onError that throws costs no other event', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const sentby = client({
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
    collector.fail({ kind: 'problem', code: 'unknown_key' })
    const sentby = client({ onError: undefined })
    sentby.enqueue(tie(1))
    await sentby.flush()
    expect(said.mock.calls).toEqual([['sentby: 401 unknown_key: a detail (events dropped: 1)']])
  })
})

describe('a collector that does not answer', () => {
  test.each<[string, Fault]>([
    ['a 503', UNAVAILABLE],
    ['a broken connection', { kind: 'reset' }],
    ['a lost reply', { kind: 'lost reply' }],
  ])('loses nothing: after %s the events stay and are sent again', async (_name, fault) => {
    collector.fail(fault)
    const sentby = client()
    enqueueMany(sentby, 3)
    expect(await sentby.flush()).toEqual({ sent: 0, dropped: 0, queued: 3 })
    expect(reports).toHaveLength(1)
    expect(reports[0]?.report).toEqual({ dropped: 0, ids: [] })
    expect(await sentby.flush()).toEqual({ sent: 3, dropped: 0, queued: 0 })
    expect([...collector.stored.keys()]).toEqual(['e0', 'e1', 'e2'])
  })

  test('ends one flush after one batch, and is not hammered by further events', async () => {
    collector.fail(UNAVAILABLE)
    const sentby = client({ flushAt: 600 })
    enqueueMany(sentby, 600)
    await collector.requests(1)
    await vi.waitFor(() => expect(reports).toHaveLength(1))
    enqueueMany(sentby, 50)
    expect(batchSizes()).toEqual([500])
    expect(await sentby.flush()).toMatchObject({ queued: 0 })
    expect(collector.stored.size).toBe(600)
  })

  test('is asked again by the timer alone', async () => {
    collector.fail(UNAVAILABLE, UNAVAILABLE)
    client({ flushIntervalMs: 5 }).enqueue(tie(1))
    await collector.requests(3)
    await vi.waitFor(() => expect(collector.stored.size).toBe(1))
  })

  test('a batch that always fails does not stand before the others', async () => {
    const sentby = client()
    enqueueMany(sentby, 501)
    collector.fail(UNAVAILABLE)
    await sentby.flush()
    collector.fail({ kind: 'status', status: 200, body: '{"results":[]}' })
    await sentby.flush()
    expect(collector.seen[0]?.events[0]?.id).toBe('e0')
    expect(collector.seen[1]?.events[0]?.id).toBe('e500')
  })

  test('a request that is refused for good is dropped and counted', async () => {
    collector.fail({ kind: 'problem', code: 'unknown_key' })
    const sentby = client()
    enqueueMany(sentby, 2)
    expect(await sentby.flush()).toEqual({ sent: 0, dropped: 2, queued: 0 })
    expect(reports).toEqual([{ code: 'unknown_key', report: { dropped: 2, ids: ['e0', 'e1'] } }])
  })

  test('a proxy that takes less gets smaller batches; one event that is still too large is dropped', async () => {
    const TOO_LARGE: Fault = { kind: 'problem', code: 'too_large' }
    collector.fail(TOO_LARGE, TOO_LARGE, TOO_LARGE)
    const sentby = client()
    enqueueMany(sentby, 4)
    expect(await sentby.flush()).toEqual({ sent: 3, dropped: 1, queued: 0 })
    expect(batchSizes()).toEqual([4, 2, 1, 1, 1, 1])
    expect(reports.map(({ code }) => code)).toEqual(['too_large'])
  })
})

describe('the queue is bounded', () => {
  test('over maxQueueSize the oldest are dropped, and a burst is one report', async () => {
    const sentby = client({ maxQueueSize: 3 })
    enqueueMany(sentby, 5)
    await Promise.resolve()
    expect(reports).toEqual([{ code: 'queue_full', report: { dropped: 2, ids: ['e0', 'e1'] } }])
    expect(await sentby.flush()).toMatchObject({ sent: 3 })
    expect([...collector.stored.keys()]).toEqual(['e2', 'e3', 'e4'])
  })

  test('few large events are bounded by their bytes', async () => {
    const sentby = client()
    enqueueMany(sentby, 1_200, 'x'.repeat(32_000))
    await Promise.resolve()
    expect(reports).toHaveLength(1)
    const dropped = reports[0]?.report.dropped ?? 0
    expect(dropped).toBeGreaterThan(1_200 - (32 * 1024 * 1024) / 32_000)
    expect(dropped).toBeLessThan(200)
    expect(reports[0]?.report.ids[0]).toBe('e0')
  })
})

describe('close', () => {
  test('sends what is queued and takes no more', async () => {
    const sentby = client()
    enqueueMany(sentby, 2)
    expect(await sentby.close()).toEqual({ sent: 2, dropped: 0, queued: 0 })
    await expect(sentby.signup({ customer: 'cus_9' })).rejects.toMatchObject({ code: 'closed' })
    sentby.enqueue(tie('late'))
    expect(reports).toEqual([{ code: 'closed', report: { dropped: 1, ids: ['elate'] } }])
    expect(collector.seen).toHaveLength(1)
  })

  test('ends at its time with a silent collector, and says what was lost', async () => {
    collector.fail({ kind: 'silence' })
    const sentby = client({ maxRetries: 3 })
    enqueueMany(sentby, 2)
    const start = performance.now()
    expect(await sentby.close({ timeoutMs: 50 })).toEqual({ sent: 0, dropped: 2, queued: 0 })
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(reports).toEqual([{ code: 'closed', report: { dropped: 2, ids: ['e0', 'e1'] } }])
  })

  test('waits for a call under way', async () => {
    const sentby = client()
    let stored = false
    const call = sentby.signup({ customer: 'cus_9' }).then(() => {
      stored = true
    })
    await sentby.close()
    expect(stored).toBe(true)
    await call
  })

  test('waits for a call under way no longer than its time', async () => {
    collector.fail({ kind: 'silence' })
    const sentby = client({ timeoutMs: 1_000 })
    const call = sentby.signup({ customer: 'cus_9' }).catch((error) => error)
    await collector.requests(1)
    const start = performance.now()
    await sentby.close({ timeoutMs: 20 })
    expect(performance.now() - start).toBeLessThan(500)
    expect(await call).toMatchObject({ code: 'timeout' })
  })

  test('twice is once', async () => {
    const sentby = client()
    sentby.enqueue(tie(1))
    const [first, second] = await Promise.all([sentby.close(), sentby.close()])
    expect(first).toEqual({ sent: 1, dropped: 0, queued: 0 })
    expect(second).toBe(first)
  })

  test('happens at the end of an `await using` block', async () => {
    {
      await using sentby = client()
      sentby.enqueue(tie(1))
    }
    expect([...collector.stored.keys()]).toEqual(['e1'])
  })
})

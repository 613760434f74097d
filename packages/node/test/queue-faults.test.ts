import { describe, expect, test, vi } from 'vitest'
import type { Fault } from './collector-server.ts'
import { enqueueMany, queueBench, tie, UNAVAILABLE } from './queue-bench.ts'

const bench = queueBench()

describe('a collector that does not answer', () => {
  test.each<[string, Fault]>([
    ['a 503', UNAVAILABLE],
    ['a broken connection', { kind: 'reset' }],
    ['a lost reply', { kind: 'lost reply' }],
  ])('loses nothing: after %s the events stay and are sent again', async (_name, fault) => {
    bench.collector.fail(fault)
    const sentby = bench.client()
    enqueueMany(sentby, 3)
    expect(await sentby.flush()).toEqual({ sent: 0, dropped: 0, queued: 3 })
    expect(bench.reports).toHaveLength(1)
    expect(bench.reports[0]?.report).toEqual({ dropped: 0, ids: [] })
    expect(await sentby.flush()).toEqual({ sent: 3, dropped: 0, queued: 0 })
    expect([...bench.collector.stored.keys()]).toEqual(['e0', 'e1', 'e2'])
  })

  test('ends one flush after one batch, and is not hammered by further events', async () => {
    bench.collector.fail(UNAVAILABLE)
    const sentby = bench.client({ flushAt: 600 })
    enqueueMany(sentby, 600)
    await bench.collector.requests(1)
    await vi.waitFor(() => expect(bench.reports).toHaveLength(1))
    enqueueMany(sentby, 50)
    await sentby.signup({ customer: 'cus_9' })
    expect(bench.batchSizes()).toEqual([500, 1])
    expect(await sentby.flush()).toMatchObject({ queued: 0 })
    expect(bench.collector.stored.size).toBe(601)
  })

  test('is asked again by the timer alone', async () => {
    bench.collector.fail(UNAVAILABLE, UNAVAILABLE)
    bench.client({ flushIntervalMs: 5 }).enqueue(tie(1))
    await bench.collector.requests(3)
    await vi.waitFor(() => expect(bench.collector.stored.size).toBe(1))
  })

  test('that answers again is trusted again: the next flushAt events go at once', async () => {
    bench.collector.fail(UNAVAILABLE)
    const sentby = bench.client({ flushAt: 2 })
    enqueueMany(sentby, 2)
    await vi.waitFor(() => expect(bench.reports).toHaveLength(1))
    await sentby.flush()
    enqueueMany(sentby, 2)
    await bench.collector.requests(3)
    expect(bench.batchSizes()).toEqual([2, 2, 2])
  })

  test('a batch that always fails does not stand before the others', async () => {
    const sentby = bench.client()
    enqueueMany(sentby, 501)
    bench.collector.fail(UNAVAILABLE)
    await sentby.flush()
    bench.collector.fail({ kind: 'status', status: 200, body: '{"results":[]}' })
    await sentby.flush()
    expect(bench.collector.seen[0]?.events[0]?.id).toBe('e0')
    expect(bench.collector.seen[1]?.events[0]?.id).toBe('e500')
  })

  test('a request that is refused for good is dropped and counted', async () => {
    bench.collector.fail({ kind: 'problem', code: 'unknown_key' })
    const sentby = bench.client()
    enqueueMany(sentby, 2)
    expect(await sentby.flush()).toEqual({ sent: 0, dropped: 2, queued: 0 })
    expect(bench.reports).toEqual([
      { code: 'unknown_key', report: { dropped: 2, ids: ['e0', 'e1'] } },
    ])
  })

  test('a proxy that takes less gets smaller batches; one event that is still too large is dropped', async () => {
    const TOO_LARGE: Fault = { kind: 'problem', code: 'too_large' }
    bench.collector.fail(TOO_LARGE, TOO_LARGE, TOO_LARGE)
    const sentby = bench.client()
    enqueueMany(sentby, 4)
    expect(await sentby.flush()).toEqual({ sent: 3, dropped: 1, queued: 0 })
    expect(bench.batchSizes()).toEqual([4, 2, 1, 1, 1, 1])
    expect(bench.reports.map(({ code }) => code)).toEqual(['too_large'])
  })
})

describe('the queue is bounded', () => {
  test('over maxQueueSize the oldest are dropped, and a burst is one report', async () => {
    const sentby = bench.client({ maxQueueSize: 3 })
    enqueueMany(sentby, 5)
    await Promise.resolve()
    expect(bench.reports).toEqual([
      { code: 'queue_full', report: { dropped: 2, ids: ['e0', 'e1'] } },
    ])
    expect(await sentby.flush()).toMatchObject({ sent: 3 })
    expect([...bench.collector.stored.keys()]).toEqual(['e2', 'e3', 'e4'])
  })

  test('few large events are bounded by their bytes', async () => {
    const sentby = bench.client()
    enqueueMany(sentby, 1_200, 'x'.repeat(32_000))
    await Promise.resolve()
    expect(bench.reports).toHaveLength(1)
    const dropped = bench.reports[0]?.report.dropped ?? 0
    expect(dropped).toBeGreaterThan(1_200 - (32 * 1024 * 1024) / 32_000)
    expect(dropped).toBeLessThan(200)
    expect(bench.reports[0]?.report.ids[0]).toBe('e0')
  })
})

describe('close', () => {
  test('sends what is queued and takes no more', async () => {
    const sentby = bench.client()
    enqueueMany(sentby, 2)
    expect(await sentby.close()).toEqual({ sent: 2, dropped: 0, queued: 0 })
    await expect(sentby.signup({ customer: 'cus_9' })).rejects.toMatchObject({ code: 'closed' })
    sentby.enqueue(tie('late'))
    expect(bench.reports).toEqual([{ code: 'closed', report: { dropped: 1, ids: ['elate'] } }])
    expect(bench.collector.seen).toHaveLength(1)
  })

  test('ends at its time with a silent collector, and says what was lost', async () => {
    bench.collector.fail({ kind: 'silence' })
    const sentby = bench.client({ maxRetries: 3 })
    enqueueMany(sentby, 2)
    const start = performance.now()
    expect(await sentby.close({ timeoutMs: 50 })).toEqual({ sent: 0, dropped: 2, queued: 0 })
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(bench.reports).toEqual([{ code: 'closed', report: { dropped: 2, ids: ['e0', 'e1'] } }])
  })

  test('waits for a call under way', async () => {
    const sentby = bench.client()
    let stored = false
    const call = sentby.signup({ customer: 'cus_9' }).then(() => {
      stored = true
    })
    await sentby.close()
    expect(stored).toBe(true)
    await call
  })

  test('waits for a call under way no longer than its time', async () => {
    bench.collector.fail({ kind: 'silence' })
    const sentby = bench.client({ timeoutMs: 1_000 })
    const call = sentby.signup({ customer: 'cus_9' }).catch((error) => error)
    await bench.collector.requests(1)
    const start = performance.now()
    await sentby.close({ timeoutMs: 20 })
    expect(performance.now() - start).toBeLessThan(500)
    expect(await call).toMatchObject({ code: 'timeout' })
  })

  test('twice is once', async () => {
    const sentby = bench.client()
    sentby.enqueue(tie(1))
    const [first, second] = await Promise.all([sentby.close(), sentby.close()])
    expect(first).toEqual({ sent: 1, dropped: 0, queued: 0 })
    expect(second).toBe(first)
  })

  test('happens at the end of an `await using` block', async () => {
    {
      await using sentby = bench.client()
      sentby.enqueue(tie(1))
    }
    expect([...bench.collector.stored.keys()]).toEqual(['e1'])
  })
})

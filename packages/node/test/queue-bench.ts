import { afterEach, beforeEach } from 'vitest'
import { type DropReport, Sentby, type SentbyEvent, type SentbyOptions } from '../src/index.ts'
import { type Collector, type Fault, startCollector } from './collector-server.ts'

/** What one test of the queue works with; anew for every test. */
export interface QueueBench {
  collector: Collector
  /** What onError heard. */
  reports: { code: string; report: DropReport }[]
  /** A client that sends only when it is told to, and tries once. */
  client: (options?: Partial<SentbyOptions>) => Sentby
  /** Number of events of each request so far. */
  batchSizes: () => number[]
}

/** Registers a collector and its clients for each test of a file; the bench is filled before each. */
export function queueBench(): QueueBench {
  const clients: Sentby[] = []
  const bench = {
    reports: [],
    client: (options = {}) => {
      const sentby = new Sentby({
        key: 'sk_test',
        endpoint: bench.collector.endpoint,
        random: () => 0,
        flushAt: 100_000,
        flushIntervalMs: 1_000_000,
        maxRetries: 0,
        onError: ({ code }, report) => {
          bench.reports.push({ code, report })
        },
        ...options,
      })
      clients.push(sentby)
      return sentby
    },
    batchSizes: () => bench.collector.seen.map(({ events }) => events.length),
  } as Omit<QueueBench, 'collector'> as QueueBench

  beforeEach(async () => {
    bench.collector = await startCollector()
    bench.reports = []
  })
  afterEach(async () => {
    for (const one of clients.splice(0)) await one.close({ timeoutMs: 0 })
    await bench.collector.close()
  })
  return bench
}

/** An event that may be sent again and again. */
export function tie(id: string | number, name?: string): SentbyEvent {
  return { type: 'identify', id: `e${id}`, customer: 'cus_9', name }
}

/** Queues `e0`, `e1` … */
export function enqueueMany(sentby: Sentby, count: number, name?: string): void {
  for (let i = 0; i < count; i++) sentby.enqueue(tie(i, name))
}

export const UNAVAILABLE: Fault = { kind: 'problem', code: 'overloaded' }

import type { ClickRow } from '@sentby/store'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What the collector counts; `GET /metrics` prints it for Prometheus. No label holds a person's data. */
export interface Metrics {
  registry: Registry
  /** Events by outcome and reason: received = stored + duplicate + conflict + parked + rejected. */
  events: Counter<'outcome' | 'reason'>
  /** Requests answered as problems, by code. */
  problems: Counter<'code'>
  /** Counts a redirect; the four classes are bound once, as each redirect counts. */
  countClick: (clickClass: ClickRow['class']) => void
  clicksDropped: Counter
  /** Requests for bytes by what was sent: `stamped`, `plain`, or `none` with the reason. */
  downloads: Counter<'outcome' | 'reason'>
  /** Stamped downloads by whether their row was kept: `stored`, `budget`, `failed`. */
  downloadRows: Counter<'outcome'>
  /** Deliveries of Stripe's webhook; `refused` with the error's code. */
  stripeDeliveries: Counter<'outcome' | 'reason'>
  /** Payouts sent over an API, by method and what came of them: `paid`, `failed`, `returned`, `unknown`. */
  payouts: Counter<'method' | 'outcome'>
  /** Attempts to deliver a webhook: `delivered`, `failed`, `exhausted`. */
  webhookAttempts: Counter<'outcome'>
  commits: Histogram<'stage'>
  commitEvents: Histogram
  /** Asks for what is queued just before it is printed. */
  onCollect: (read: () => { events: number; clicks: number }) => void
}

/** A registry of its own, so that several collectors can live in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sentby_' })
  const registers = [registry]
  let read = () => ({ events: 0, clicks: 0 })
  new Gauge({
    name: 'sentby_queue_events',
    help: 'Events that wait for their commit',
    registers,
    collect() {
      this.set(read().events)
    },
  })
  new Gauge({
    name: 'sentby_queue_clicks',
    help: 'Clicks that wait to be stored',
    registers,
    collect() {
      this.set(read().clicks)
    },
  })
  return {
    registry,
    events: new Counter({
      name: 'sentby_events_total',
      help: 'Events by outcome and reason',
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    problems: new Counter({
      name: 'sentby_problems_total',
      help: 'Requests that were refused, by code',
      labelNames: ['code'],
      registers,
    }),
    countClick: countClicks(registers),
    clicksDropped: new Counter({
      name: 'sentby_clicks_dropped_total',
      help: 'Clicks that found the queue full',
      registers,
    }),
    ...countDownloads(registers),
    stripeDeliveries: new Counter({
      name: 'sentby_stripe_deliveries_total',
      help: "Deliveries of Stripe's webhook by outcome, and why they were refused",
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    payouts: countPayouts(registers),
    webhookAttempts: new Counter({
      name: 'sentby_webhook_attempts_total',
      help: 'Attempts to deliver a webhook, by what came of them',
      labelNames: ['outcome'],
      registers,
    }),
    commits: new Histogram({
      name: 'sentby_commit_seconds',
      help: 'Duration of group commits',
      labelNames: ['stage'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 5],
      registers,
    }),
    commitEvents: new Histogram({
      name: 'sentby_commit_events',
      help: 'Events of one group commit',
      buckets: [1, 5, 20, 100, 500, 1000],
      registers,
    }),
    onCollect(next) {
      read = next
    },
  }
}

function countPayouts(registers: Registry[]): Metrics['payouts'] {
  return new Counter({
    name: 'sentby_payouts_total',
    help: 'Payouts sent over an API, by what came of them',
    labelNames: ['method', 'outcome'],
    registers,
  })
}

function countClicks(registers: Registry[]): Metrics['countClick'] {
  const clicks = new Counter({
    name: 'sentby_clicks_total',
    help: 'Redirects by class',
    labelNames: ['class'],
    registers,
  })
  const of = (name: ClickRow['class']) => clicks.labels(name)
  const bound = {
    counted: of('counted'),
    bot: of('bot'),
    prefetch: of('prefetch'),
    repeated: of('repeated'),
  }
  return (clickClass) => bound[clickClass].inc()
}

function countDownloads(registers: Registry[]): Pick<Metrics, 'downloads' | 'downloadRows'> {
  return {
    downloads: new Counter({
      name: 'sentby_downloads_total',
      help: 'Requests for bytes of published files',
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    downloadRows: new Counter({
      name: 'sentby_download_rows_total',
      help: 'Stamped downloads by whether they were stored',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

/** Puts a collector together over a database: everything but the listener. */
import { isMigrated, lockForCollector, migrate, openStore, type Store } from '@sentby/store'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import type { Deps } from './deps.ts'
import { startDeciding } from './jobs/decide-stale.ts'
import { type DeliverOptions, startDelivering } from './jobs/deliver-webhooks.ts'
import { startForgetting } from './jobs/forget-unknown-codes.ts'
import { startForgettingWebhooks } from './jobs/forget-webhooks.ts'
import { startPayouts } from './jobs/payouts.ts'
import { startRewards } from './jobs/rewards.ts'
import { startSending } from './jobs/send-payouts.ts'
import { createMetrics } from './metrics.ts'
import { addMoneyGauges } from './metrics-money.ts'
import { Clicks } from './services/clicks.ts'
import { systemClock, TestClock } from './services/clock.ts'
import { Directory } from './services/directory.ts'
import { Committer, type CommitterOptions } from './services/ingest/committer.ts'
import { Intake } from './services/ingest/intake.ts'
import { createLimits, createNoLimits, type Limits } from './services/limits.ts'
import { Providers } from './services/payouts/providers.ts'

/** What a caller may replace; tests inject a clock and limits. */
export interface OpenOptions {
  config: Config
  log: Logger
  limits?: Limits
  committer?: Partial<CommitterOptions>
  webhooks?: DeliverOptions
  /** For each request to a provider of payments. */
  paymentTimeoutMs?: number
}

export interface Collector {
  app: Hono
  deps: Deps
  /** Refuses new facts, answers what was accepted, stores what is queued, closes the database. */
  close(): Promise<void>
  /** Readiness says 503 from now on. */
  drain(): void
  setPublicUrl(url: string): void
}

/** How often a collector looks for configuration that others wrote: the CLI is seen within 1 s. */
const POLL_MS = 400
/** A frozen database keeps nobody waiting for ever. */
const QUERY_TIMEOUT_MS = 15_000
/** A commit that waits longer than this makes the collector unready. */
const STUCK_MS = 3000

/**
 * Opens the database, migrates it where needed and reads the configuration.
 *
 * @throws StoreInUseError when another collector serves the same file; else what the database says when it
 *   cannot be opened or migrated.
 */
export async function openCollector(options: OpenOptions): Promise<Collector> {
  const { config, log } = options
  const store = openStore(config.databaseUrl, { queryTimeoutMs: QUERY_TIMEOUT_MS })
  const lock = await lockOrClose(store, config.databaseUrl)
  await prepare(store)
  const directory = new Directory(store)
  await directory.refresh()
  const testClock = config.testClock ? new TestClock() : undefined
  const clock = testClock ?? systemClock
  const metrics = createMetrics()
  addMoneyGauges(metrics.registry, { store, directory, clock })
  const committer = new Committer({
    store,
    directory,
    clock,
    config,
    ...(options.committer ? { options: options.committer } : {}),
    report: ({ events, seconds }) => {
      metrics.commits.observe({ stage: 'ingest' }, seconds)
      metrics.commitEvents.observe(events)
    },
  })
  const onDropped = (clicks: number) => metrics.clicksDropped.inc(clicks)
  const clicks = new Clicks({ store, clock, onDropped })
  metrics.onCollect(() => ({ events: committer.queuedEvents, clicks: clicks.queued }))
  const state = { draining: false, publicUrl: config.publicUrl ?? '' }
  const deps: Deps = {
    config,
    store,
    directory,
    committer,
    intake: new Intake(),
    clicks,
    clock,
    testClock,
    limits: options.limits ?? (config.limits ? createLimits() : createNoLimits()),
    providers: new Providers({
      ...{ store, clock, paypalUrl: config.paypalUrl, stripeApiUrl: config.stripeApiUrl },
      ...(options.paymentTimeoutMs === undefined ? {} : { timeoutMs: options.paymentTimeoutMs }),
    }),
    metrics,
    log,
    publicUrl: () => state.publicUrl,
    health: { isStuck: () => committer.oldestWaitMs > STUCK_MS },
    isDraining: () => state.draining,
  }
  const poll = startPolling(directory, log)
  const jobs = startJobs(deps, options.webhooks)
  return {
    app: createApp(deps),
    deps,
    drain: () => {
      state.draining = true
    },
    setPublicUrl: (url) => {
      if (config.publicUrl === undefined) state.publicUrl = url
    },
    async close() {
      state.draining = true
      poll.stop()
      await Promise.all(jobs.map((job) => job.stop()))
      await committer.drain()
      await clicks.flush()
      await store.close()
      lock.release()
    },
  }
}

/** Timed work; safe on any number of collectors. */
function startJobs(deps: Deps, webhooks: DeliverOptions | undefined): { stop(): Promise<void> }[] {
  return [
    startDeciding(deps),
    startForgetting(deps),
    startForgettingWebhooks(deps),
    startDelivering(deps, webhooks),
    startRewards(deps),
    startPayouts(deps),
    startSending(deps),
  ]
}

async function lockOrClose(store: Store, url: string): Promise<{ release(): void }> {
  try {
    return lockForCollector(url)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function prepare(store: Store): Promise<void> {
  const postgres = store.engine === 'postgres'
  if (!(await isMigrated(store.db, postgres))) await migrate(store.db, postgres)
}

function startPolling(directory: Directory, log: Logger): { stop(): void } {
  let failing = false
  const timer = setInterval(() => {
    directory.refresh().then(
      () => {
        failing = false
      },
      () => {
        if (!failing) log.warn('the database does not answer; serving from memory')
        failing = true
      },
    )
  }, POLL_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

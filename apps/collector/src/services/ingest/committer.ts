/**
 * Group commit: requests that arrive while a commit is under way share the next one, and each is answered
 * after it. The queue is bounded by count and by bytes; what waits past its deadline is refused with 503,
 * so a frozen database costs neither memory nor an open connection for ever.
 */
import type { EventResult } from '@sentby/contract/events'
import { type Store, StoreBusyError, type Tx } from '@sentby/store'
import type { Config } from '../../config.ts'
import type { Clock } from '../clock.ts'
import type { Directory } from '../directory.ts'
import { Refusal } from '../refusal.ts'
import type { Arrival } from './incoming.ts'
import { MissingLocks } from './reach.ts'
import { type StoredBatch, storeArrivals } from './store-arrivals.ts'

export interface CommitterOptions {
  /** Events that may wait. */
  maxQueuedEvents: number
  /** Bytes of requests that may wait. */
  maxQueuedBytes: number
  /** Events of one commit. */
  maxCommitEvents: number
  /** How long a request waits for its commit. */
  deadlineMs: number
}

export const COMMITTER_DEFAULTS: CommitterOptions = {
  maxQueuedEvents: 20_000,
  maxQueuedBytes: 24 * 1024 * 1024,
  maxCommitEvents: 1000,
  deadlineMs: 5000,
}

interface Job {
  programId: string
  arrivals: readonly Arrival[]
  bytes: number
  deadline: number
  /** It is inside a transaction: after the deadline nobody knows its outcome. */
  started: boolean
  settled: boolean
  resolve: (results: EventResult[]) => void
  reject: (error: Error) => void
}

/** What the committer tells of each commit; metrics listen. */
export interface CommitReport {
  requests: number
  events: number
  decided: number
  seconds: number
}

const MAX_LOCK_TRIES = 8
const SWEEP_MS = 100
/** How long a commit lets requests join at most. */
const GATHER_MS = 5

export class Committer {
  readonly #store: Store
  readonly #directory: Directory
  readonly #clock: Clock
  readonly #config: Pick<Config, 'secrets'>
  readonly #options: CommitterOptions
  readonly #report: (report: CommitReport) => void
  readonly #waiting: Job[] = []
  readonly #underWay = new Set<Job>()
  #queuedEvents = 0
  #queuedBytes = 0
  #running: Promise<void> | undefined
  #sweeper: NodeJS.Timeout | undefined

  constructor(deps: {
    store: Store
    directory: Directory
    clock: Clock
    config: Pick<Config, 'secrets'>
    options?: Partial<CommitterOptions>
    report?: (report: CommitReport) => void
  }) {
    this.#store = deps.store
    this.#directory = deps.directory
    this.#clock = deps.clock
    this.#config = deps.config
    this.#options = { ...COMMITTER_DEFAULTS, ...deps.options }
    this.#report = deps.report ?? (() => {})
  }

  get queuedEvents(): number {
    return this.#queuedEvents
  }

  /** Milliseconds that the oldest request has waited for its commit; 0 when none waits. */
  get oldestWaitMs(): number {
    const [oldest] = this.#underWay.size > 0 ? this.#underWay : this.#waiting
    if (!oldest) return 0
    return performance.now() - (oldest.deadline - this.#options.deadlineMs)
  }

  /**
   * Stores what one request brought; resolves after the commit.
   *
   * @throws Refusal `overloaded` when the queue is full, `storage_unavailable` or `outcome_unknown` at the deadline.
   */
  submit(programId: string, arrivals: readonly Arrival[], bytes: number): Promise<EventResult[]> {
    const { maxQueuedEvents, maxQueuedBytes, deadlineMs } = this.#options
    if (
      this.#queuedEvents + arrivals.length > maxQueuedEvents ||
      this.#queuedBytes + bytes > maxQueuedBytes
    ) {
      return Promise.reject(new Refusal('overloaded', { retryAfterSeconds: 2 }))
    }
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + deadlineMs
      const job = { programId, arrivals, bytes, deadline, resolve, reject }
      this.#waiting.push({ ...job, started: false, settled: false })
      this.#queuedEvents += arrivals.length
      this.#queuedBytes += bytes
      this.#wake()
    })
  }

  /** Waits until everything that was accepted is committed or refused. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running
  }

  #wake(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
      // What came after the last look into the queue, and before this.
      if (this.#waiting.length > 0) this.#wake()
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      const batch = this.#take()
      if (batch.length > 0) await this.#commit(batch)
    }
  }

  /**
   * Lets requests join as long as each turn of the event loop brings more: reading them is work that waits
   * anyway, and a flush to the disk costs the same for one event and for hundreds.
   */
  async #gather(): Promise<void> {
    const until = performance.now() + GATHER_MS
    let before = -1
    while (this.#queuedEvents > before && this.#queuedEvents < this.#options.maxCommitEvents) {
      if (performance.now() > until) return
      before = this.#queuedEvents
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** The next jobs of one program, in order, up to the size of a commit. */
  #take(): Job[] {
    const first = this.#waiting[0]
    if (!first) return []
    const taken: Job[] = []
    const left: Job[] = []
    let events = 0
    for (const job of this.#waiting) {
      if (job.settled) continue
      const fits = events === 0 || events + job.arrivals.length <= this.#options.maxCommitEvents
      if (job.programId === first.programId && fits) {
        taken.push(job)
        events += job.arrivals.length
      } else left.push(job)
    }
    this.#waiting.length = 0
    this.#waiting.push(...left)
    return taken
  }

  async #commit(
    batch: readonly Job[],
    locked: ReadonlySet<string> = new Set(),
    tries = 0,
  ): Promise<void> {
    for (const job of batch) this.#underWay.add(job)
    const start = performance.now()
    try {
      const stored = await this.#store.transaction((tx) => this.#storeBatch(tx, batch, locked))
      this.#answer(batch, stored)
      this.#report({
        requests: batch.length,
        events: stored.results.length,
        decided: stored.decided,
        seconds: (performance.now() - start) / 1000,
      })
    } catch (error) {
      if (error instanceof MissingLocks && tries < MAX_LOCK_TRIES) {
        await this.#commit(batch, error.subjects, tries + 1)
      } else await this.#recover(batch, error)
    } finally {
      for (const job of batch) this.#underWay.delete(job)
    }
  }

  async #storeBatch(
    tx: Tx,
    batch: readonly Job[],
    locked: ReadonlySet<string>,
  ): Promise<StoredBatch> {
    for (const job of batch) job.started = true
    const arrivals = batch.flatMap((job) => job.arrivals)
    const [first] = batch
    if (!first) throw new Error('an empty commit')
    const nowMs = this.#clock.now()
    const { programId } = first
    return storeArrivals(tx, this.#directory, programId, arrivals, nowMs, locked, this.#config)
  }

  #answer(batch: readonly Job[], stored: StoredBatch): void {
    let from = 0
    for (const job of batch) {
      this.#settle(job, stored.results.slice(from, from + job.arrivals.length))
      from += job.arrivals.length
    }
  }

  /** Request by request, so that one poison event sinks its own only. */
  async #recover(batch: readonly Job[], error: unknown): Promise<void> {
    if (error instanceof StoreBusyError || isConnectionLoss(error) || batch.length === 1) {
      for (const job of batch) this.#settle(job, toRefusal(error, job))
      return
    }
    for (const job of batch) {
      this.#underWay.delete(job)
      if (!job.settled) await this.#commit([job])
    }
  }

  /** Refuses what waited too long, waiting or under way. */
  #sweep(): void {
    const now = performance.now()
    for (const job of [...this.#waiting, ...this.#underWay]) {
      if (job.settled || job.deadline > now) continue
      const code = job.started ? 'outcome_unknown' : 'storage_unavailable'
      this.#settle(job, new Refusal(code, { retryAfterSeconds: 2 }))
    }
    if (this.#waiting.some((job) => job.settled)) {
      const left = this.#waiting.filter((job) => !job.settled)
      this.#waiting.length = 0
      this.#waiting.push(...left)
    }
  }

  #settle(job: Job, outcome: EventResult[] | Error): void {
    if (job.settled) return
    job.settled = true
    this.#queuedEvents -= job.arrivals.length
    this.#queuedBytes -= job.bytes
    if (outcome instanceof Error) job.reject(outcome)
    else job.resolve(outcome)
  }
}

function isConnectionLoss(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(08|57P|ECONN|EPIPE|ETIMEDOUT)/.test(code) || /terminat|timeout/i.test(String(error))
}

function toRefusal(error: unknown, job: { started: boolean }): Error {
  if (error instanceof StoreBusyError) {
    return new Refusal('storage_unavailable', { retryAfterSeconds: 2 })
  }
  if (isConnectionLoss(error)) {
    const code = job.started ? 'outcome_unknown' : 'storage_unavailable'
    return new Refusal(code, { retryAfterSeconds: 2 })
  }
  return error instanceof Error ? error : new Error(String(error))
}

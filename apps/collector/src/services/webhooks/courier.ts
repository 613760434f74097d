/**
 * Delivers what is in the outbox: claims due rows for a while, sends them outside of any transaction, writes what
 * came of it. Any number of collectors do this beside each other; one that dies leaves claims that end.
 */
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import {
  type ClaimedDeliveries,
  claimDue,
  dueWebhooks,
  noteFailing,
  settleDelivery,
  type Tx,
  type WebhookDeliveryRow,
  type WebhookRow,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { errorName } from '../error-name.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type SendOptions, type Sent, send } from './send.ts'
import { secretsAt, signatureHeaders } from './signing.ts'
import { Slots } from './slots.ts'
import { disableGone } from './webhooks.ts'

export type CourierDeps = Pick<
  Deps,
  'store' | 'directory' | 'clock' | 'metrics' | 'log' | 'publicUrl'
>

export interface CourierOptions extends Omit<SendOptions, 'signal'> {
  /** How long nobody else takes what was claimed; longer than an attempt. */
  leaseMs: number
  /** How long a stop waits for attempts under way before it ends them. */
  graceMs: number
  /** 0 to 1. */
  random: () => number
  /** Told when an attempt is over: there is room for others. */
  onFree: () => void
}

interface Finished {
  webhook: WebhookRow
  row: WebhookDeliveryRow
  sent: Sent
  outcome: Outcome
  endedAt: string
}

/** Results of one commit. */
const RESULTS_AT_ONCE = 100

export class Courier {
  readonly #deps: CourierDeps
  readonly #options: CourierOptions
  readonly #slots = new Slots()
  readonly #ending = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  readonly #finished: Finished[] = []
  #writing: Promise<void> | undefined
  #rounds = 0
  #stopped = false

  constructor(deps: CourierDeps, options: CourierOptions) {
    this.#deps = deps
    this.#options = options
    // Every attempt under way listens.
    setMaxListeners(0, this.#ending.signal)
  }

  /**
   * Begins every delivery that is due and has room; does not wait for them.
   *
   * @returns how many were begun.
   */
  async round(): Promise<number> {
    const { directory, store, clock } = this.#deps
    let begun = 0
    for (const { row, webhooks } of [...directory.programs()]) {
      if (webhooks.length === 0 || this.#stopped) continue
      const now = new Date(clock.now()).toISOString()
      const due = await dueWebhooks(store.db, row.id, now)
      // Another one is the first each time, for where there is not room for all.
      const first = this.#rounds++ % Math.max(due.length, 1)
      for (const id of [...due.slice(first), ...due.slice(0, first)]) {
        if (this.#stopped) return begun
        begun += await this.#begin(row.id, id)
      }
    }
    return begun
  }

  /** Delivers until nothing is due any more. */
  async deliverDue(): Promise<number> {
    let delivered = 0
    for (;;) {
      const begun = await this.round()
      await Promise.all(this.#underWay)
      if (begun === 0 || this.#stopped) return delivered
      delivered += begun
    }
  }

  /** Begins nothing more, ends what takes longer than a moment and gives it back to the outbox. */
  async stop(): Promise<void> {
    this.#stopped = true
    let timer: NodeJS.Timeout | undefined
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#options.graceMs)
    })
    await Promise.race([grace, Promise.all(this.#underWay)])
    clearTimeout(timer)
    this.#ending.abort()
    await Promise.all(this.#underWay)
  }

  async #begin(programId: string, webhookId: string): Promise<number> {
    const limit = this.#slots.free(webhookId)
    if (limit === 0) return 0
    const { store, clock } = this.#deps
    const nowMs = clock.now()
    const claim = {
      claim: randomUUID(),
      now: new Date(nowMs).toISOString(),
      until: new Date(nowMs + this.#options.leaseMs).toISOString(),
      limit,
    }
    const claimed = await store.transaction((tx) => claimDue(tx, programId, webhookId, claim))
    if (!claimed) return 0
    for (const delivery of claimed.deliveries) this.#start(claimed.webhook, delivery)
    return claimed.deliveries.length
  }

  #start(webhook: WebhookRow, delivery: ClaimedDeliveries['deliveries'][number]): void {
    const work = this.#deliver(webhook, delivery)
      .catch((error: unknown) => {
        this.#deps.log.error({ error: errorName(error) }, 'a webhook cannot be delivered')
      })
      .finally(() => {
        this.#underWay.delete(work)
        this.#options.onFree()
      })
    this.#underWay.add(work)
  }

  async #deliver(
    webhook: WebhookRow,
    { row, body }: ClaimedDeliveries['deliveries'][number],
  ): Promise<void> {
    const { clock } = this.#deps
    const startedAt = new Date(clock.now()).toISOString()
    const secrets = secretsAt(webhook.secrets, startedAt)
    // The receiver compares it with its own clock, so it is the real time even where a test sets ours.
    const headers = signatureHeaders(row.message_id, body, secrets, new Date())
    this.#slots.take(webhook.id)
    const signal = this.#ending.signal
    const sent = await send(webhook.url, body, headers, { ...this.#options, signal })
    this.#slots.giveBack(webhook.id, sent.durationMs)
    const nowMs = clock.now()
    const at = { startedAt, nowMs, random: this.#options.random() }
    const endedAt = new Date(nowMs).toISOString()
    this.#finished.push({ webhook, row, sent, outcome: outcomeOf(row, sent, at), endedAt })
    this.#writing ??= this.#write()
    await this.#writing
    if (sent.reason === 'gone') await this.#disable(webhook)
  }

  /** Attempts that end meanwhile share the next commit. A commit that fails leaves claims, which end. */
  async #write(): Promise<void> {
    const { store, metrics, log } = this.#deps
    try {
      while (this.#finished.length > 0) {
        const results = this.#finished.splice(0, RESULTS_AT_ONCE)
        await store.transaction((tx) => save(tx, results))
        for (const { sent, outcome } of results) {
          const isFailed = outcome.status === 'pending'
          if (sent.reason === 'stopped') continue
          metrics.webhookAttempts.inc({ outcome: isFailed ? 'failed' : outcome.status })
        }
      }
    } catch (error) {
      log.warn({ error: errorName(error) }, 'deliveries could not be noted; they are made again')
    } finally {
      this.#writing = undefined
    }
  }

  async #disable({ program_id, id, url }: WebhookRow): Promise<void> {
    try {
      await disableGone(this.#deps, program_id, id, url)
    } catch (error) {
      this.#deps.log.warn({ error: errorName(error) }, 'a webhook that is gone stays enabled')
    }
  }
}

async function save(tx: Tx, results: readonly Finished[]): Promise<void> {
  for (const { webhook, row, sent, outcome, endedAt } of results) {
    const isOurs = await settleDelivery(tx.db, row, outcome)
    if (!isOurs || sent.reason === 'gone') continue
    const { program_id, webhook_id } = row
    if (outcome.status === 'exhausted') await noteFailing(tx.db, program_id, webhook_id, endedAt)
    if (outcome.status === 'delivered' && webhook.failing_since !== null) {
      await noteFailing(tx.db, program_id, webhook_id, null)
    }
  }
}

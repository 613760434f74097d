/** Forgets webhook messages after 30 days, and what is left of deleted webhooks. */
import {
  deletedWebhooks,
  forgetDeliveries,
  forgetDeliveriesOf,
  forgetMessages,
  forgetWebhook,
  type Tx,
} from '@sentby/store'
import type { Deps } from '../deps.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000
const KEPT_MS = 30 * DAY_MS
/** What waits for a disabled webhook, or was replayed at the end, is kept a little longer. */
const ABANDONED_MS = 35 * DAY_MS
/** Small enough not to hold events up. */
const ROWS_AT_ONCE = 1000

/** Starts the job. */
export function startForgettingWebhooks(deps: Deps): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'forgetting waits',
    everyMs: EVERY_MS,
    run: (isStopped) => forgetWebhooks(deps, isStopped),
  })
}

/**
 * Forgets deliveries and messages that are too old, and the rows of deleted webhooks.
 *
 * @returns how many rows were forgotten.
 */
export async function forgetWebhooks(
  deps: Pick<Deps, 'store' | 'directory' | 'clock'>,
  isStopped: () => boolean = () => false,
): Promise<number> {
  const { store } = deps
  const nowMs = deps.clock.now()
  const before = new Date(nowMs - KEPT_MS).toISOString()
  const abandonedBefore = new Date(nowMs - ABANDONED_MS).toISOString()
  const limit = ROWS_AT_ONCE
  let forgotten = 0
  const all = async (forget: (db: Tx['db']) => Promise<number>) => {
    for (let rows = limit; rows === limit && !isStopped(); ) {
      rows = await store.transaction((tx) => forget(tx.db))
      forgotten += rows
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  for (const { row } of [...deps.directory.programs()]) {
    for (const id of await deletedWebhooks(store.db, row.id)) {
      await all((db) => forgetDeliveriesOf(db, row.id, id, limit))
      if (!isStopped()) await store.transaction(({ db }) => forgetWebhook(db, row.id, id))
    }
    await all((db) => forgetDeliveries(db, row.id, { before, abandonedBefore, limit }))
    await all((db) => forgetMessages(db, row.id, abandonedBefore, limit))
  }
  return forgotten
}

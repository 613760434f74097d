/** Sends what was closed, where the vendor wants that to happen by itself. */
import { paypalSetting, readyBatches, type Store, stripeSetting } from '@sentby/store'
import { errorName } from '../error-name.ts'
import { Refusal } from '../refusal.ts'
import { sendBatch } from './send-batch.ts'
import type { SendDeps } from './sending.ts'

/** As batches name who sent them. */
const ACTOR = 'sentby'
const DAY_MS = 24 * 60 * 60 * 1000
/**
 * Whose payout failed or came back is not paid by itself again for so long: the balance stands in the next batch, which
 * waits for a person.
 */
const FAILED_DAYS = 7

/**
 * Sends the batches of a program that were closed since its settings were made.
 *
 * @returns how many.
 */
export async function sendReady(
  deps: SendDeps,
  programId: string,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let sent = 0
  for (const method of ['paypal', 'account_credit'] as const) {
    sent += await sendMethod(deps, programId, method, isStopped)
  }
  return sent
}

type Sent = 'paypal' | 'account_credit'

async function sendMethod(
  deps: SendDeps,
  programId: string,
  method: Sent,
  isStopped: () => boolean,
): Promise<number> {
  let sent = 0
  let after = ''
  for (;;) {
    // Read anew each time: what PayPal refused may be true of the next one too.
    const since = await sendsSince(deps.store, programId, method)
    if (since === null || isStopped()) return sent
    const failedSince = new Date(deps.clock.now() - FAILED_DAYS * DAY_MS).toISOString()
    const filter = { method, since, failedSince, after, limit: 1 }
    const [batch] = await readyBatches(deps.store.db, programId, filter)
    if (batch === undefined) return sent
    sent += await trySending(deps, programId, batch)
    after = batch
  }
}

/** @returns since when batches of a method are sent by themselves, or `null`: they are not. */
async function sendsSince({ db }: Store, programId: string, method: Sent): Promise<string | null> {
  if (method === 'paypal') {
    const setting = await paypalSetting(db, programId)
    const isOn = setting?.sends === 'at_close' && setting.paused_at === null
    return isOn ? setting.updated_at : null
  }
  const setting = await stripeSetting(db, programId)
  const isOn = setting?.sends === 'at_close' && setting.api_key !== null
  return isOn ? setting.updated_at : null
}

async function trySending(deps: SendDeps, programId: string, batch: string): Promise<number> {
  try {
    await sendBatch(deps, programId, batch, ACTOR)
    return 1
  } catch (error) {
    // It stays ready, for its file or a person.
    if (!(error instanceof Refusal)) {
      deps.log.error({ error: errorName(error), batch }, 'a batch of payouts cannot be sent')
    }
    return 0
  }
}

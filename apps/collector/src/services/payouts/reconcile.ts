/** Asks providers how batches stand that were sent to them, until there is nothing more to learn (reliability M6). */
import {
  dueSendings,
  type PayoutSendingRow,
  sendingOf,
  sentBatchesNamed,
  updateSending,
} from '@sentby/store'
import type { PaymentBatch, PaymentProvider } from '../../adapters/payouts/provider.ts'
import { errorName } from '../error-name.ts'
import { inBatch } from './change-payouts.ts'
import { beginAgain, callToPay } from './send-batch.ts'
import { CALL_MS, type SendDeps, toPaymentBatch } from './sending.ts'
import { type Told, takeTold } from './take-report.ts'

const AT_ONCE = 20
/** Whoever wakes a batch again and again makes us ask no more often than this. */
const WAKE_EVERY_MS = 30_000

/**
 * Looks at every batch of a program that is due. One that cannot be looked at holds no other up.
 *
 * @returns how many were looked at.
 */
export async function reconcileDue(
  deps: SendDeps,
  programId: string,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let looked = 0
  for (;;) {
    const now = new Date(deps.clock.now()).toISOString()
    const due = await dueSendings(deps.store.db, programId, now, AT_ONCE)
    const before = looked
    for (const batch of due) {
      if (isStopped()) return looked
      looked += await tryBatch(deps, programId, batch)
    }
    if (due.length < AT_ONCE || looked === before) return looked
  }
}

async function tryBatch(deps: SendDeps, programId: string, batch: string): Promise<number> {
  try {
    return Number(await reconcileBatch(deps, programId, batch))
  } catch (error) {
    deps.log.error({ error: errorName(error), batch }, 'a batch of payouts cannot be reconciled')
    return 0
  }
}

/**
 * Looks at one batch that is due: what the provider tells is written down; what it knows nothing of is sent again under
 * the same key, as long as that pays nothing twice for certain.
 *
 * @returns `false` where it is not due, or another collector is at it.
 */
export async function reconcileBatch(
  deps: SendDeps,
  programId: string,
  batchId: string,
): Promise<boolean> {
  const claimed = await claim(deps, programId, batchId)
  if (!claimed) return false
  const provider = await deps.providers.of(programId, claimed.method)
  await takeTold(deps, programId, batchId, await ask(deps, programId, batchId, claimed, provider))
  return true
}

interface Claimed {
  method: string
  account: string
  asked: PaymentBatch
}

/** Takes a due batch; a collector that dies with it leaves a claim that ends. */
function claim(deps: SendDeps, programId: string, batchId: string): Promise<Claimed | null> {
  return inBatch(deps, programId, batchId, async ({ tx, program, batch, payouts, now, nowMs }) => {
    const sending = await sendingOf(tx.db, programId, batchId)
    if (!sending || !isDue(sending, now)) return null
    const calling_until = new Date(nowMs + CALL_MS).toISOString()
    await updateSending(tx.db, { ...sending, calling_until, updated_at: now })
    const { method } = batch
    const sent = payouts.filter(({ status }) => status !== 'ready')
    return {
      method,
      account: sending.account,
      asked: toPaymentBatch(program, batch, sending, sent),
    }
  })
}

function isDue({ next_at, calling_until }: PayoutSendingRow, now: string): boolean {
  if (next_at === null || next_at > now) return false
  return calling_until === null || calling_until <= now
}

async function ask(
  deps: SendDeps,
  programId: string,
  batchId: string,
  { account, asked }: Claimed,
  provider: PaymentProvider | null,
): Promise<Told> {
  // Another account knows nothing of the key, and would pay once more.
  if (provider?.account !== account) {
    return { kind: 'doubt', reason: 'it was sent through another account than is set up now' }
  }
  try {
    const report = await provider.look(asked)
    if (report) return { kind: 'report', report }
  } catch (error) {
    deps.log.warn({ error: errorName(error), batch: asked.key }, 'a provider cannot be asked')
    return { kind: 'silent' }
  }
  const again = await beginAgain(deps, programId, batchId, provider)
  if (again === 'nothing') return { kind: 'over' }
  if (again !== 'unsafe') return callToPay(deps, provider, again)
  return {
    kind: 'stuck',
    reason: 'the provider knows nothing of it and may not be asked again: look there, then mark it',
  }
}

/**
 * Makes batches due that are named by our key or the provider's id. What else is said of them is not believed: the
 * provider is asked.
 *
 * @param names what may be keys or ids; @param hint what the provider is said to call the batch.
 * @returns how many are due now that were not.
 */
export async function wakeBatches(
  deps: SendDeps,
  programId: string,
  names: readonly string[],
  hint: string | null,
): Promise<number> {
  let woken = 0
  for (const { batch } of await sentBatchesNamed(deps.store.db, programId, names)) {
    woken += await inBatch(deps, programId, batch, async ({ tx, batch: row, nowMs }) => {
      const sending = await sendingOf(tx.db, programId, batch)
      const isFresh = sending && nowMs - Date.parse(sending.updated_at) < WAKE_EVERY_MS
      if (!sending) return 0
      const next = new Date(isFresh ? nowMs + WAKE_EVERY_MS : nowMs).toISOString()
      const isSooner = sending.next_at === null || sending.next_at > next
      const own = row.provider_id === null ? hint : null
      const next_at = isSooner ? next : sending.next_at
      await updateSending(tx.db, { ...sending, next_at, hint: own ?? sending.hint })
      return isSooner ? 1 : 0
    })
  }
  return woken
}

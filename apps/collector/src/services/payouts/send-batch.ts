/** Sends a batch over a provider's API: what is meant to be done is written down, then done, then its end written. */
import type { BatchAnswer } from '@sentby/contract'
import { insertSending, type PayoutSendingRow, sendingOf, updateSending } from '@sentby/store'
import {
  type PaymentBatch,
  type PaymentProvider,
  ProviderRefusal,
} from '../../adapters/payouts/provider.ts'
import { errorName } from '../error-name.ts'
import { Refusal } from '../refusal.ts'
import { changePayouts, inBatch } from './change-payouts.ts'
import { paymentOf } from './payment-of.ts'
import { isOpen } from './payout-state.ts'
import { readBatch } from './read-payouts.ts'
import { CALL_MS, isUnderWay, nextLook, type SendDeps, toPaymentBatch } from './sending.ts'
import { type Told, takeTold } from './take-report.ts'

/**
 * Sends a batch that is ready. Asked again it changes nothing: what was sent is looked after by the job.
 *
 * @param actor who asks.
 * @throws Refusal `not_found`, `provider_not_set_up`, `stale` where some of it went another way already,
 *   `invalid_request` where the provider cannot pay it.
 */
export async function sendBatch(
  deps: SendDeps,
  programId: string,
  batchId: string,
  actor: string,
): Promise<BatchAnswer> {
  const { method } = await readBatch(deps, programId, batchId)
  const provider = await deps.providers.of(programId, method)
  const asked = await beginSending(deps, programId, batchId, provider, actor)
  if (provider && asked) {
    await takeTold(deps, programId, batchId, await callToPay(deps, provider, asked))
  }
  return readBatch(deps, programId, batchId)
}

/**
 * Notes that a batch is being sent, by whom and through which account: from now on it is in no file.
 *
 * @returns what to ask the provider, or `null` where it was sent before.
 */
export function beginSending(
  deps: SendDeps,
  programId: string,
  batchId: string,
  provider: PaymentProvider | null,
  actor: string,
): Promise<PaymentBatch | null> {
  return inBatch(deps, programId, batchId, async (locked) => {
    const { tx, program, batch, now, nowMs } = locked
    if (await sendingOf(tx.db, programId, batchId)) return null
    if (!provider) throw new Refusal('provider_not_set_up')
    const ready = locked.payouts.filter(({ status }) => status === 'ready')
    const open = locked.payouts.filter(({ status }) => isOpen(status))
    if (ready.length === 0 || open.length > ready.length) {
      throw new Refusal('stale', { detail: 'some of the batch is under way or has ended already' })
    }
    const reason = provider.refuses(ready.map(paymentOf))
    if (reason !== null) throw new Refusal('invalid_request', { detail: reason })
    const steps = ready.map((payout) => ({ payout, to: 'submitted' as const }))
    await changePayouts(locked, steps, actor)
    const sending: PayoutSendingRow = {
      ...{ program_id: programId, batch_id: batchId, account: provider.account, actor },
      ...{ first_at: now, calls_in_doubt: 1, tries: 0, hint: null, problem: null },
      calling_until: new Date(nowMs + CALL_MS).toISOString(),
      next_at: nextLook({ first_at: now, tries: 0 }, ['submitted'], nowMs),
      updated_at: now,
    }
    await insertSending(tx.db, sending)
    return toPaymentBatch(program, batch, sending, ready)
  })
}

/**
 * Notes one more call to pay what has no end yet, under the same key.
 *
 * @returns `unsafe` where that could pay twice: a call may have been taken, and the key's life is over; `nothing` where
 *   every payout has its end.
 */
export function beginAgain(
  deps: SendDeps,
  programId: string,
  batchId: string,
  provider: PaymentProvider,
): Promise<PaymentBatch | 'unsafe' | 'nothing'> {
  return inBatch(deps, programId, batchId, async (locked) => {
    const { tx, program, batch, now, nowMs } = locked
    const sending = await sendingOf(tx.db, programId, batchId)
    const payouts = locked.payouts.filter(({ status }) => isUnderWay(status))
    if (!sending || payouts.length === 0 || sending.account !== provider.account) return 'nothing'
    const isSafe =
      sending.calls_in_doubt === 0 || nowMs < Date.parse(sending.first_at) + provider.keyLifeMs
    if (!isSafe) return 'unsafe'
    await updateSending(tx.db, {
      ...sending,
      calls_in_doubt: sending.calls_in_doubt + 1,
      calling_until: new Date(nowMs + CALL_MS).toISOString(),
      updated_at: now,
    })
    return toPaymentBatch(program, batch, sending, payouts)
  })
}

/** Asks a provider to pay; never throws. */
export async function callToPay(
  { log }: Pick<SendDeps, 'log'>,
  provider: PaymentProvider,
  asked: PaymentBatch,
): Promise<Told> {
  try {
    return { kind: 'report', report: await provider.send(asked) }
  } catch (error) {
    if (error instanceof ProviderRefusal) {
      return { kind: error.later ? 'later' : 'refused', reason: error.message }
    }
    log.warn({ error: errorName(error), batch: asked.key }, 'a provider may have paid')
    return { kind: 'doubt', reason: 'no answer of the provider says whether it paid' }
  }
}

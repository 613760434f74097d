/** Writes down what a provider said, or that it said nothing: one transaction, outside of which the asking was. */
import {
  keepProviderId,
  noteReason,
  type PayoutRow,
  type PayoutSendingRow,
  pausePaypal,
  sendingOf,
  updateSending,
} from '@sentby/store'
import type { BatchReport, PaymentReport } from '../../adapters/payouts/provider.ts'
import { changePayouts, inBatch, type LockedBatch, type Step } from './change-payouts.ts'
import { paymentOf } from './payment-of.ts'
import { canBecome } from './payout-state.ts'
import { isUnderWay, nextLook, type SendDeps } from './sending.ts'

/** What came of asking a provider. */
export type Told =
  /** It has the batch, and this is how it stands. */
  | { kind: 'report'; report: BatchReport }
  /** A call to pay, of which it took nothing and never will. */
  | { kind: 'refused'; reason: string }
  /** A call to pay, of which it took nothing now. */
  | { kind: 'later'; reason: string }
  /** A call to pay that may have paid. */
  | { kind: 'doubt'; reason: string }
  /** It could not be asked how the batch stands. */
  | { kind: 'silent' }
  /** It knows nothing of the batch, and every payout has its end: people said so. */
  | { kind: 'over' }
  /** It may not be asked to pay any more, and knows nothing of the batch. */
  | { kind: 'stuck'; reason: string }

/** As the ledger names who moved the money. */
const ACTOR = 'sentby'

/** Takes what a provider told of a batch that was sent. */
export async function takeTold(
  deps: SendDeps,
  programId: string,
  batchId: string,
  told: Told,
): Promise<void> {
  const steps = await inBatch(deps, programId, batchId, async (locked) => {
    const sending = await sendingOf(locked.tx.db, programId, batchId)
    if (!sending) return []
    const { tx, now, nowMs } = locked
    const isStruck = told.kind === 'refused' || told.kind === 'later'
    const calls = sending.calls_in_doubt - (isStruck ? 1 : 0)
    const { steps, problem } = await judge(deps, locked, told, calls)
    const after = steps.length > 0 ? await changePayouts(locked, steps, ACTOR) : locked.payouts
    // What is new is followed by more of it soon, as a rule.
    const isNew =
      told.kind === 'report' &&
      (steps.length > 0 || (locked.batch.provider_id === null && told.report.providerId !== null))
    const tries = isNew ? 0 : sending.tries + 1
    const row: PayoutSendingRow = {
      ...sending,
      ...{ calls_in_doubt: calls, tries, problem, calling_until: null, updated_at: now },
      // Looked up by now, unless it came during a call to pay.
      hint: told.kind === 'doubt' || told.kind === 'later' ? sending.hint : null,
    }
    const statuses = after.map((payout) => payout.status)
    const next_at = told.kind === 'stuck' ? null : nextLook(row, statuses, nowMs)
    await updateSending(tx.db, { ...row, next_at })
    return steps
  })
  for (const { payout, to } of steps) {
    deps.metrics?.payouts.inc({ method: payout.method, outcome: to })
  }
}

interface Judged {
  steps: Step[]
  problem: string | null
}

/** @param calls those still in doubt: a refusal proves that nothing was paid only where there is none. */
async function judge(
  deps: SendDeps,
  locked: LockedBatch,
  told: Told,
  calls: number,
): Promise<Judged> {
  const { tx, program, batch, payouts, now } = locked
  const underWay = payouts.filter(({ status }) => isUnderWay(status))
  switch (told.kind) {
    case 'report':
      if (told.report.providerId !== null) {
        await keepProviderId(tx.db, batch, told.report.providerId)
      }
      return stepsOf(deps, locked, told.report.payments)
    case 'refused':
      if (calls > 0) return inDoubt(locked, underWay, told.reason)
      if (batch.method === 'paypal') {
        await pausePaypal(tx.db, program.row.id, { at: now, reason: told.reason })
      }
      return {
        steps: underWay.map((payout) => ({ payout, to: 'failed', reason: told.reason })),
        problem: told.reason,
      }
    case 'later':
      if (calls > 0) return inDoubt(locked, underWay, told.reason)
      await noteReason(tx.db, program.row.id, underWay, told.reason, now)
      return { steps: [], problem: told.reason }
    case 'doubt':
    case 'stuck':
      return inDoubt(locked, underWay, told.reason)
    case 'silent':
      return { steps: [], problem: 'the provider cannot be asked' }
    case 'over':
      return { steps: [], problem: null }
  }
}

/** What may have been paid is `unknown`, and its money stays where it is. */
async function inDoubt(
  { tx, program, now }: LockedBatch,
  underWay: readonly PayoutRow[],
  reason: string,
): Promise<Judged> {
  const unknown = underWay.filter(({ status }) => status === 'unknown')
  await noteReason(tx.db, program.row.id, unknown, reason, now)
  const steps = underWay
    .filter(({ status }) => status === 'submitted')
    .map((payout) => ({ payout, to: 'unknown' as const, reason }))
  return { steps, problem: reason }
}

/** A report counts where amount and currency are the payout's, and the payout has not ended otherwise. */
async function stepsOf(
  { log }: SendDeps,
  { tx, program, payouts, now }: LockedBatch,
  reports: readonly PaymentReport[],
): Promise<Judged> {
  const programId = program.row.id
  const known = new Map(payouts.map((payout) => [payout.id, payout]))
  const steps: Step[] = []
  let problem: string | null = null
  for (const { id, status: to, amount, currency, reference, reason } of reports) {
    const payout = known.get(id)
    if (!payout) continue
    const told = { payout, to, reference: reference ?? undefined, reason: reason ?? undefined }
    const wrong = differs(payout, { to, amount, currency })
    if (wrong === null) {
      if (canBecome(payout.status, to)) steps.push(told)
      // It is still under way there: why, is worth telling.
      else if (reason !== null && reason !== payout.reason && isUnderWay(payout.status)) {
        await noteReason(tx.db, programId, [payout], reason, now)
      }
      continue
    }
    problem = `${id}: ${wrong}`
    if (wrong === payout.reason) continue
    log.error({ programId, payout: id, says: to }, 'a provider tells another payment than ours')
    await noteReason(tx.db, programId, [payout], wrong, now)
  }
  return { steps, problem }
}

/** @returns what a person has to look at, or `null`. */
function differs(
  payout: PayoutRow,
  { to, amount, currency }: Pick<PaymentReport, 'amount' | 'currency'> & { to: Step['to'] },
): string | null {
  const asked = paymentOf(payout)
  if (currency !== asked.currency) return 'the provider tells another currency'
  if (amount !== asked.amount) return 'the provider tells another amount'
  const isPaidTwice = to === 'paid' && (payout.status === 'failed' || payout.status === 'returned')
  return isPaidTwice ? `the provider says that it paid, and here it is ${payout.status}` : null
}

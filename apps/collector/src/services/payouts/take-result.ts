/** Takes a provider's result file: a row counts only where id, amount and currency are those of the payout. */
import type { ResultAnswer, ResultOutcome, ResultQuery } from '@sentby/contract'
import { type PayoutRow, type PayoutStatus, sumsOfBatches } from '@sentby/store'
import { type ResultRow, readAmount, readResultFile } from '../../adapters/payouts/read-result.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { changePayouts, inBatch, type Step } from './change-payouts.ts'
import { paymentOf } from './payment-of.ts'
import { toBatch } from './payout-answer.ts'
import { batchStatus, canBecome, isOpen } from './payout-state.ts'
import { refuseDuringCall } from './sending.ts'

/** What providers call how a payment went; without case, spaces and signs. */
const STATUS_WORDS: Readonly<Record<string, PayoutStatus>> = {
  ...words('paid', 'paid complete completed success successful sent outgoingpaymentsent'),
  ...words('submitted', 'submitted pending processing unclaimed onhold held new created'),
  ...words('submitted', 'incomingpaymentwaiting fundsconverted'),
  ...words('failed', 'failed denied rejected blocked cancelled canceled refused'),
  ...words('returned', 'returned refunded fundsrefunded reversed bouncedback'),
  ...words('unknown', 'unknown'),
}

function words(status: PayoutStatus, names: string): Record<string, PayoutStatus> {
  return Object.fromEntries(names.split(' ').map((name) => [name, status]))
}

interface Judged {
  row: ResultRow
  outcome: ResultOutcome
  step?: Step
}

/**
 * Reads a result file back. A row that does not fit its payout changes nothing and is told; the same file again changes
 * nothing more.
 *
 * @throws Refusal `not_found`, `invalid_request` where the file cannot be read.
 */
export async function takeResult(
  deps: SettleDeps,
  programId: string,
  batchId: string,
  file: string,
  columns: ResultQuery,
  actor: string,
): Promise<ResultAnswer> {
  const rows = readResultFile(file, columns)
  if (typeof rows === 'string') {
    throw new Refusal('invalid_request', { errors: [{ pointer: '', detail: `the file ${rows}` }] })
  }
  return inBatch(deps, programId, batchId, async (locked) => {
    await refuseDuringCall(locked)
    const judged = judge(rows, locked.payouts)
    const steps = judged.flatMap(({ step }) => (step ? [step] : []))
    const after = steps.length > 0 ? await changePayouts(locked, steps, actor) : locked.payouts
    const named = new Set(rows.map((row) => row.payout))
    const stands = new Map(after.map((payout) => [payout.id, payout.status]))
    const status = batchStatus(stands.values())
    const updated_at = steps.length > 0 ? locked.now : locked.batch.updated_at
    const states = await sumsOfBatches(locked.tx.db, programId, [batchId])
    return {
      batch: toBatch({ ...locked.batch, status, updated_at }, states),
      rows: judged.map(({ row: { line, payout }, outcome }) => {
        const now = stands.get(payout ?? '')
        return { line, payout, outcome, ...(now === undefined ? {} : { status: now }) }
      }),
      unnamed: after.filter(({ id, status }) => isOpen(status) && !named.has(id)).length,
    }
  })
}

function judge(rows: readonly ResultRow[], payouts: readonly PayoutRow[]): Judged[] {
  const known = new Map(payouts.map((payout) => [payout.id, payout]))
  const said = new Map<string, Set<string>>()
  for (const { payout, amount, currency, status } of rows) {
    const all = said.get(payout ?? '') ?? new Set()
    said.set(payout ?? '', all.add(`${amount} ${currency} ${STATUS_WORDS[status] ?? status}`))
  }
  const seen = new Set<string>()
  return rows.map((row) => {
    const payout = known.get(row.payout ?? '')
    if (!payout) return { row, outcome: row.payout === null ? 'unreadable' : 'not_found' }
    if ((said.get(payout.id)?.size ?? 0) > 1) return { row, outcome: 'contradicts' }
    if (seen.has(payout.id)) return { row, outcome: 'same' }
    seen.add(payout.id)
    return judgeOne(row, payout)
  })
}

function judgeOne(row: ResultRow, payout: PayoutRow): Judged {
  const payment = paymentOf(payout)
  const amount = readAmount(row.amount, payment.currency)
  if (amount === null) return { row, outcome: 'unreadable' }
  if (row.currency !== payment.currency) return { row, outcome: 'currency_differs' }
  if (amount !== payment.amount) return { row, outcome: 'amount_differs' }
  // Our own file not filled in says "ready": nothing happened.
  const to = row.status === 'ready' ? payout.status : STATUS_WORDS[row.status]
  if (to === undefined) return { row, outcome: 'unknown_status' }
  // A report from before the end says nothing new.
  const isOld = to === 'submitted' && payout.status !== 'ready'
  if (to === payout.status || isOld) return { row, outcome: 'same' }
  if (!canBecome(payout.status, to)) return { row, outcome: 'not_allowed' }
  const { reference, reason } = row
  return {
    row,
    outcome: 'done',
    step: {
      payout,
      to,
      reference: reference ?? undefined,
      reason: reason ?? (to === 'paid' ? undefined : 'as the result file says'),
    },
  }
}

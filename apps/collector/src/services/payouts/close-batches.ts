/** Closes batches of payouts: approved balances are reserved, each for one payout (reliability M4). */
import type { ClosedAnswer, PayoutsInput } from '@sentby/contract'
import {
  approvedBalances,
  creditsAtStripe,
  insertPayoutBatch,
  insertPayouts,
  newId,
  type PayoutBatchRow,
  type PayoutRow,
  postTransactions,
  rewardsOfPayouts,
  scheduleRewards,
  type Tx,
  unpublishedBalances,
  unpublishedRewards,
} from '@sentby/store'
import { givenAnswer, keepGiven, type Retry } from '../configuration/change.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { DECIDING_WAITS_MS, settleStale } from '../rewards/settle-stale.ts'
import { transactionsOf } from './ledger-moves.ts'
import { sumConverted } from './payment-of.ts'
import { tellClosed } from './payout-messages.ts'
import { type Plan, type PlannedBatch, planPayouts } from './plan-payouts.ts'

/** Who closes, and when. */
export interface Closing {
  actor: string
  nowMs: number
  now: string
}

/**
 * Closes a batch for each method, kind and currency in which a balance reaches its minimum. Every payout takes all that
 * is approved and published of a partner's balance of one kind and currency; debts wait for later rewards, and no payout
 * is negative.
 *
 * @param actor who asks.
 * @throws Refusal `idempotency_key_reused`, `invalid_request` for an unknown partner or too high a rate.
 */
export async function closeBatches(
  deps: SettleDeps,
  programId: string,
  input: PayoutsInput,
  actor: string,
  retry?: Retry,
): Promise<ClosedAnswer> {
  await settleStale(deps, programId, DECIDING_WAITS_MS)
  if (input.dryRun === true) return tellPlan(deps, programId, input)
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    const program = await deps.directory.within(tx, programId)
    refuseUnknown(program, input)
    const seen = await approvedBalances(tx.db, programId, input)
    const partners = [...new Set(seen.map((row) => row.partner_id))]
    const subjects = partners.map((id) => `partner:${id}`)
    // One key is worked on by one at a time.
    if (retry) subjects.push(`idempotency:${retry.key}`)
    await tx.lockSubjects(programId, subjects)
    const given = retry && (await givenAnswer<ClosedAnswer>(tx, programId, retry))
    if (given) return given.body
    const nowMs = deps.clock.now()
    const closing = { actor, nowMs, now: new Date(nowMs).toISOString() }
    const answer = await closeLocked(tx, program, { ...input, partners }, closing)
    if (retry) await keepGiven(tx, programId, retry, { status: 201, body: answer }, closing.now)
    return answer
  })
}

/** As {@link closeBatches}, in a transaction that holds the locks of all `partners`. */
export async function closeLocked(
  tx: Tx,
  program: ProgramConfig,
  input: PayoutsInput & { partners: readonly string[] },
  closing: Closing,
): Promise<ClosedAnswer> {
  // Read again: who had the lock before may have paid it all.
  const approved = await approvedBalances(tx.db, program.row.id, input)
  // Read once: what is published from here on, which takes no lock, is for the next batch.
  const unpublished = await unpublishedRewards(tx.db, program.row.id, input)
  const isStripe = await creditsAtStripe(tx.db, program.row.id)
  const plan = planPayouts(program, { approved, unpublished, isStripe }, input, closing.now)
  const held = [...new Set(unpublished.map(({ reward }) => reward))]
  const made: Made[] = []
  for (const batch of plan.batches) {
    made.push(await closeOne(tx, program, batch, held, input, closing))
  }
  await tellClosed(
    tx,
    program,
    made.map(({ row, payouts }) => ({ batch: row, payouts })),
    closing.nowMs,
  )
  return answerOf(plan, made)
}

interface Made {
  row: PayoutBatchRow
  payouts: PayoutRow[]
}

/** @param held rewards that this batch does not take. */
async function closeOne(
  tx: Tx,
  program: ProgramConfig,
  { method, kind, currency, payouts: planned }: PlannedBatch,
  held: readonly string[],
  { period = '' }: PayoutsInput,
  { actor, nowMs, now }: Closing,
): Promise<Made> {
  const programId = program.row.id
  const id = newId('payoutBatch', nowMs)
  const common = { program_id: programId, method, kind, currency, status: 'ready' as const }
  const dates = { created_at: now, updated_at: now }
  const row: PayoutBatchRow = {
    ...common,
    ...dates,
    ...{ id, period, provider_key: id, provider_id: null, actor },
  }
  const payouts = planned.map(
    ({ partner, amount, converted, destination }): PayoutRow => ({
      ...common,
      ...dates,
      id: newId('payout', nowMs),
      batch_id: id,
      partner_id: partner,
      amount,
      destination: JSON.stringify(destination),
      ...{ provider_id: null, reason: null },
      converted: converted ? JSON.stringify(converted) : null,
    }),
  )
  await insertPayoutBatch(tx.db, row)
  await insertPayouts(tx.db, payouts)
  const partners = planned.map(({ partner }) => partner)
  await scheduleRewards(tx.db, row, partners, held, now)
  const ids = payouts.map((payout) => payout.id)
  const rewards = await rewardsOfPayouts(tx.db, programId, ids)
  const move = { kind: 'payout', from: 'approved', to: 'reserved', actor, now, nowMs } as const
  await postTransactions(tx.db, programId, transactionsOf(payouts, rewards, move))
  return { row, payouts }
}

function refuseUnknown(program: ProgramConfig, { partners = [] }: PayoutsInput): void {
  const errors = partners.flatMap((id, index) =>
    program.partners.has(id)
      ? []
      : [{ pointer: `/partners/${index}`, detail: 'no partner has this id' }],
  )
  if (errors.length > 0) throw new Refusal('invalid_request', { errors })
}

async function tellPlan(
  deps: SettleDeps,
  programId: string,
  input: PayoutsInput,
): Promise<ClosedAnswer> {
  const program = deps.directory.program(programId)
  if (!program) throw new Refusal('not_found')
  refuseUnknown(program, input)
  const now = new Date(deps.clock.now()).toISOString()
  const approved = await approvedBalances(deps.store.db, programId, input)
  const unpublished = await unpublishedBalances(deps.store.db, programId, input)
  const isStripe = await creditsAtStripe(deps.store.db, programId)
  return answerOf(planPayouts(program, { approved, unpublished, isStripe }, input, now))
}

function answerOf({ batches, waiting, left }: Plan, made?: readonly Made[]): ClosedAnswer {
  return {
    dryRun: made === undefined,
    batches: batches.map(({ method, kind, currency, payouts }, index) => ({
      id: made?.[index]?.row.id ?? null,
      method,
      kind,
      currency,
      amount: payouts.reduce((sum, { amount }) => sum + amount, 0),
      ...sumConverted(payouts.map(({ converted }) => converted)),
      count: payouts.length,
    })),
    payouts: batches.flatMap(({ payouts }, index) =>
      payouts.map((payout, place) => ({
        id: made?.[index]?.payouts[place]?.id ?? null,
        ...payout,
      })),
    ),
    waiting,
    left,
  }
}

/** Payouts and batches as the vendor reads them. */
import type {
  BatchAnswer,
  BatchFileQuery,
  Page,
  PayoutAnswer,
  PayoutDetail,
  PayoutFormat,
  PayoutMethod,
  PayoutsQuery,
} from '@sentby/contract'
import {
  type PayoutBatchRow,
  type PayoutSendingRow,
  payoutBatchById,
  payoutBatchesPage,
  payoutById,
  payoutsOfBatch,
  payoutsPage,
  rewardsPaidBy,
  sendingOf,
  sendingsOf,
  sumsOfBatches,
} from '@sentby/store'
import { writePayoutFile } from '../../adapters/payouts/write-file.ts'
import type { Deps } from '../../deps.ts'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import { paymentOf } from './payment-of.ts'
import { toBatch, toPayout } from './payout-answer.ts'

type ReadDeps = Pick<Deps, 'store' | 'directory'>

/** Payouts, the newest first. */
export async function listPayouts(
  deps: ReadDeps,
  programId: string,
  { limit, cursor, partner, batch, status }: PayoutsQuery,
): Promise<Page<PayoutAnswer>> {
  const [before] = readCursor(cursor, 1) ?? []
  const filter = { partner, batch, status, before, limit: limit + 1 }
  const rows = await payoutsPage(deps.store.db, programId, filter)
  const { data, next } = pageFrom(rows, limit, (row) => [row.id])
  return { data: data.map(toPayout), next }
}

/**
 * One payout with the rewards that it was made of.
 *
 * @throws Refusal `not_found`.
 */
export async function readPayout(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<PayoutDetail> {
  const row = await payoutById(deps.store.db, programId, id)
  if (!row) throw new Refusal('not_found')
  return { ...toPayout(row), rewards: await rewardsPaidBy(deps.store.db, programId, id) }
}

/** Batches, the newest first. */
export async function listBatches(
  deps: ReadDeps,
  programId: string,
  { limit, cursor }: PageRequest,
): Promise<Page<BatchAnswer>> {
  const { db } = deps.store
  const [before] = readCursor(cursor, 1) ?? []
  const rows = await payoutBatchesPage(db, programId, { before, limit: limit + 1 })
  const { data, next } = pageFrom(rows, limit, (row) => [row.id])
  return { data: await withStates(deps, programId, data), next }
}

/**
 * One batch.
 *
 * @throws Refusal `not_found`.
 */
export async function readBatch(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<BatchAnswer> {
  const row = await payoutBatchById(deps.store.db, programId, id)
  const [batch] = row ? await withStates(deps, programId, [row]) : []
  if (!batch) throw new Refusal('not_found')
  return batch
}

async function withStates(
  deps: ReadDeps,
  programId: string,
  rows: readonly PayoutBatchRow[],
): Promise<BatchAnswer[]> {
  const ids = rows.map(({ id }) => id)
  const states = await sumsOfBatches(deps.store.db, programId, ids)
  const sendings = await sendingsOf(deps.store.db, programId, ids)
  return rows.map((row) => ({
    ...toBatch(
      row,
      states.filter(({ batch }) => batch === row.id),
    ),
    ...sentOf(sendings.find((sending) => sending.batch_id === row.id)),
  }))
}

function sentOf(sending: PayoutSendingRow | undefined): Pick<BatchAnswer, 'sent'> {
  if (!sending) return {}
  const { actor: by, first_at: at, next_at, problem } = sending
  const lookAt = next_at === null ? {} : { lookAt: next_at }
  return { sent: { by, at, ...lookAt, ...(problem === null ? {} : { problem }) } }
}

const OWN_FORMAT: Readonly<Record<PayoutMethod, PayoutFormat>> = {
  paypal: 'paypal_masspay',
  wise: 'wise',
  manual: 'csv',
  account_credit: 'csv',
}

/**
 * A batch as a file to pay by: payouts that are ready, and on request those that were submitted; never one that may
 * have been paid, and none of a batch that a provider was asked to pay.
 *
 * @throws Refusal `not_found`, `invalid_request` for another method's format, `stale` for a batch that was sent.
 */
export async function readBatchFile(
  deps: ReadDeps,
  programId: string,
  id: string,
  { format: asked, again }: BatchFileQuery,
): Promise<{ text: string; name: string }> {
  const { db } = deps.store
  const batch = await payoutBatchById(db, programId, id)
  const program = deps.directory.program(programId)
  if (!batch || !program) throw new Refusal('not_found')
  const own = OWN_FORMAT[batch.method as PayoutMethod]
  const format = asked ?? own
  if (format !== own && format !== 'csv') {
    const errors = [{ pointer: '/format', detail: `this batch is paid by ${batch.method}` }]
    throw new Refusal('invalid_request', { errors })
  }
  if (await sendingOf(db, programId, id)) {
    throw new Refusal('stale', { detail: 'the batch was sent over the API of its provider' })
  }
  const payouts = (await payoutsOfBatch(db, programId, id)).filter(
    ({ status }) => status === 'ready' || (again === 'true' && status === 'submitted'),
  )
  const rows = payouts.map((payout) => ({
    ...paymentOf(payout),
    partner: payout.partner_id,
    name: program.partners.get(payout.partner_id)?.name ?? '',
    kind: payout.kind,
    status: payout.status,
  }))
  const note = `${program.row.name}: partner payout`
  return { text: writePayoutFile(format, rows, note), name: `${id}-${format}.csv` }
}

/** Balances as the vendor reads them: of one partner, and of all; what was left for later is computed first. */
import type { Balance, BalanceAnswer, BalancesAnswer } from '@sentby/contract'
import {
  type BalanceRow,
  balancesOf,
  balancesPage,
  balanceTotals,
  type UnpublishedBalance,
  unpublishedBalances,
} from '@sentby/store'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from './in-locks.ts'
import { settleBeforeReading } from './settle-stale.ts'

/**
 * What a partner has, by currency and kind.
 *
 * @throws Refusal `not_found`.
 */
export async function readBalance(
  deps: SettleDeps,
  programId: string,
  partner: string,
): Promise<BalanceAnswer> {
  await settleBeforeReading(deps, programId)
  if (!deps.directory.program(programId)?.partners.has(partner)) throw new Refusal('not_found')
  const { db } = deps.store
  const unpublished = await unpublishedBalances(db, programId, { partners: [partner] })
  return { balances: toBalances(await balancesOf(db, programId, partner), unpublished) }
}

/** What every partner has that ever earned, by id, and all of them together. */
export async function listBalances(
  deps: SettleDeps,
  programId: string,
  { limit, cursor }: PageRequest,
): Promise<BalancesAnswer> {
  await settleBeforeReading(deps, programId)
  const { db } = deps.store
  const [after] = readCursor(cursor, 1) ?? []
  const rows = await balancesPage(db, programId, { after, limit: limit + 1 })
  const unpublished = await unpublishedBalances(db, programId, {})
  const partners = [...new Set(rows.map((row) => row.partner_id))]
  const { data, next } = pageFrom(partners, limit, (id) => [id])
  const names = deps.directory.program(programId)?.partners
  return {
    data: data.map((id) => ({
      partner: { id, name: names?.get(id)?.name ?? '' },
      balances: toBalances(
        rows.filter((row) => row.partner_id === id),
        unpublished.filter((row) => row.partner_id === id),
      ),
    })),
    next,
    totals: await readTotals(db, programId, unpublished),
  }
}

async function readTotals(
  db: SettleDeps['store']['db'],
  programId: string,
  unpublished: readonly UnpublishedBalance[],
): Promise<Balance[]> {
  const rows = await balanceTotals(db, programId)
  return toBalances(rows, unpublished).map((total) => {
    const own = rows.filter((row) => row.kind === total.kind && row.currency === total.currency)
    return { ...total, debt: own.reduce((sum, row) => sum + row.debt, 0) }
  })
}

const NOTHING = { new: 0, approved: 0, onHold: 0, reserved: 0, settled: 0, unpublished: 0, debt: 0 }

/** One balance for each currency and kind of these rows. */
function toBalances(
  rows: readonly Pick<BalanceRow, 'account' | 'kind' | 'currency' | 'amount'>[],
  unpublished: readonly UnpublishedBalance[],
): Balance[] {
  const balances = new Map<string, Balance>()
  for (const { currency, kind, account, amount } of rows) {
    const key = `${currency} ${kind}`
    const known = balances.get(key) ?? { currency, kind, ...NOTHING }
    if (account === 'on_hold') known.onHold = amount
    else if (account !== 'expense') known[account] = amount
    known.debt = Math.max(0, -known.approved)
    balances.set(key, known)
  }
  for (const { currency, kind, amount } of unpublished) {
    const known = balances.get(`${currency} ${kind}`)
    if (known) known.unpublished += amount
  }
  return [...balances.values()]
}

/** Partners with approved rewards, as a review leaves them, in a collector of their own. */
import {
  balancesUnlikeLedger,
  balancesUnlikeRewards,
  newId,
  payoutsUnlikeRewards,
  postTransactions,
  type RewardKind,
  type RewardRow,
  unbalancedTransactions,
} from '@sentby/store'
import { type Engine, openTestCollector, type TestCollector } from '../test-collector.ts'

export const NOW = '2026-11-22T10:00:00.000Z'

export interface Reply<Body> {
  status: number
  body: Body
}

export interface World {
  collector: TestCollector
  programId: string
  call<Body>(method: string, path: string, body?: unknown, key?: string): Promise<Reply<Body>>
  /** Enrols a partner; `payout` is how it is paid. */
  partner(name: string, more?: Record<string, unknown>): Promise<string>
  /** An approved reward, or with `reverses` what a refund took back of one. */
  reward(partner: string, amount: number, more?: Partial<RewardRow>): Promise<string>
  balance(partner: string): Promise<unknown[]>
  /** What the ledger's proofs find; empty unless something is broken. */
  faults(): Promise<string[]>
  close(): Promise<void>
}

/** Opens a collector at {@link NOW}. */
export async function openWorld(
  engine: Engine,
  options: Parameters<typeof openTestCollector>[1] = {},
): Promise<World> {
  const collector = await openTestCollector(engine, options)
  collector.deps.testClock?.set(Date.parse(NOW))
  const programId = collector.program.id
  const { db } = collector.deps.store
  const groupId = (await db.selectFrom('partner_group').select('id').executeTakeFirstOrThrow()).id
  let made = 0
  const call = async <Body>(method: string, path: string, body?: unknown, key?: string) => {
    const response = await collector.app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${collector.program.secretKey}`,
        'content-type': typeof body === 'string' ? 'text/csv' : 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Body }
  }
  return {
    collector,
    programId,
    call,
    async partner(name, more = {}) {
      const email = `${name.toLowerCase()}@partner.test`
      const payout = { method: 'manual', details: `IBAN of ${name}` }
      const input = { name, email, payout, ...more }
      const { status, body } = await call<{ id: string }>('POST', '/v1/partners', input)
      if (status !== 201) throw new Error(`the partner ${name} was refused`)
      return body.id
    },
    async reward(partner, amount, more = {}) {
      const row = rewardRow(programId, groupId, partner, amount, ++made, more)
      const { currency, kind } = row
      await collector.deps.store.transaction(async (tx) => {
        await tx.lockSubjects(programId, [`partner:${partner}`])
        await tx.db.insertInto('reward').values(row).execute()
        const id = newId('ledger', Date.now())
        const reward = row.reverses ?? row.id
        const postings = [
          { account: 'approved' as const, partner, kind, currency, amount },
          { account: 'expense' as const, partner: null, kind, currency, amount: -amount },
        ]
        const transaction = { id, at: NOW, kind: 'facts', actor: 'test', reward, postings }
        await postTransactions(tx.db, programId, [transaction])
      })
      return row.id
    },
    balance: async (partner) =>
      (await call<{ balances: unknown[] }>('GET', `/v1/partners/${partner}/balance`)).body.balances,
    faults: async () => [
      ...(await unbalancedTransactions(db, programId)),
      ...(await balancesUnlikeLedger(db, programId)),
      ...(await balancesUnlikeRewards(db, programId)),
      ...(await payoutsUnlikeRewards(db, programId)),
    ],
    close: () => collector.closeAll(),
  }
}

function rewardRow(
  programId: string,
  groupId: string,
  partner: string,
  amount: number,
  n: number,
  more: Partial<RewardRow>,
): RewardRow {
  const kind: RewardKind = 'cash'
  return {
    program_id: programId,
    id: `rwd_${String(n).padStart(8, '0')}`,
    partner_id: partner,
    trigger_key: `sale:order ${n}`,
    customer: `customer ${n}`,
    order_id: `order ${n}`,
    reverses: null,
    kind,
    currency: 'EUR',
    amount,
    entry: more.reverses ? 'reversal' : 'amount',
    exact: `${amount}/1`,
    orders: '[]',
    status: 'approved',
    reason: null,
    review_status: 'approved',
    review_reason: null,
    agreed: null,
    refused: null,
    auto_review: 0,
    earned_at: NOW,
    hold_until: NOW,
    month: '2026-11',
    decided_at: NOW,
    published_at: NOW,
    published_status: 'approved',
    payout_id: null,
    explanation: 'a test',
    group_id: groupId,
    terms_version: 1,
    terms_hash: 'x',
    tier: null,
    created_at: NOW,
    updated_at: NOW,
    ...more,
  }
}

/** Why triggers earn nothing, and what is expected: written anew whenever their customer is computed. */
import type { Kysely } from 'kysely'
import type { ExpectedRewardRow, NoRewardRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** Writes why these customers' triggers earn nothing, in the place of what was written before. */
export async function replaceNoRewards(
  db: Db,
  programId: string,
  customers: readonly string[],
  rows: readonly NoRewardRow[],
): Promise<void> {
  const known = await noRewardsOfCustomers(db, programId, customers)
  const { gone, changed } = difference(known, rows)
  await forget(db, 'no_reward', programId, customers, gone)
  for (const slice of slicesOf(changed)) {
    await db
      .insertInto('no_reward')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'trigger_key']).doUpdateSet((set) => ({
          customer: set.ref('excluded.customer'),
          order_id: set.ref('excluded.order_id'),
          reason: set.ref('excluded.reason'),
          at: set.ref('excluded.at'),
        })),
      )
      .execute()
  }
}

/** Writes what these customers are expected to earn, in the place of what was written before. */
export async function replaceExpected(
  db: Db,
  programId: string,
  customers: readonly string[],
  rows: readonly ExpectedRewardRow[],
): Promise<void> {
  const known = await expectedOfCustomers(db, programId, customers)
  const { gone, changed } = difference(known, rows)
  await forget(db, 'expected_reward', programId, customers, gone)
  for (const slice of slicesOf(changed)) {
    await db
      .insertInto('expected_reward')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'trigger_key']).doUpdateSet((set) => ({
          customer: set.ref('excluded.customer'),
          order_id: set.ref('excluded.order_id'),
          partner_id: set.ref('excluded.partner_id'),
          kind: set.ref('excluded.kind'),
          amount: set.ref('excluded.amount'),
          currency: set.ref('excluded.currency'),
          at: set.ref('excluded.at'),
          explanation: set.ref('excluded.explanation'),
        })),
      )
      .execute()
  }
}

async function forget(
  db: Db,
  table: 'no_reward' | 'expected_reward',
  programId: string,
  customers: readonly string[],
  triggers: readonly string[],
): Promise<void> {
  if (triggers.length === 0) return
  await db
    .deleteFrom(table)
    .where('program_id', '=', programId)
    .where(anyOf(db, 'trigger_key', triggers))
    .where(anyOf(db, 'customer', customers))
    .execute()
}

/** What is written and no longer so, and what is new or other than written. */
function difference<Row extends { trigger_key: string }>(
  known: readonly Row[],
  rows: readonly Row[],
): { gone: string[]; changed: Row[] } {
  const written = new Map(known.map((row) => [row.trigger_key, row]))
  const wanted = new Set(rows.map((row) => row.trigger_key))
  const changed = rows.filter((row) => {
    const old = written.get(row.trigger_key)
    const fields = Object.keys(row) as (keyof Row)[]
    return !old || fields.some((field) => old[field] !== row[field])
  })
  return { gone: [...written.keys()].filter((key) => !wanted.has(key)), changed }
}

export async function noRewardsOfCustomers(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<NoRewardRow[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('no_reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .orderBy('at')
    .orderBy('trigger_key')
    .execute()
}

export async function expectedOfCustomers(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<ExpectedRewardRow[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('expected_reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .orderBy('trigger_key')
    .execute()
}

/** Customers with a reward that was expected by then. */
export async function expectationsDue(
  db: Db,
  programId: string,
  now: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('expected_reward')
    .select('customer')
    .distinct()
    .where('program_id', '=', programId)
    .where('at', '<=', now)
    .limit(limit)
    .execute()
  return rows.map((row) => row.customer)
}

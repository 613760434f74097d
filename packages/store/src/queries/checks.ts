/** Questions that `sentby check` asks of a whole program. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** Customers that facts name and that have no decision; none, or something is broken. */
export async function customersWithoutDecision(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ customer: string }>`
    select distinct f.customer from fact f
    where f.program_id = ${programId} and f.customer is not null and f.type <> 'cancel'
      and not exists (
        select 1 from customer c where c.program_id = f.program_id and c.id = f.customer)
    limit 100`.execute(db)
  return rows.map((row) => row.customer)
}

/** Customers credited to a partner that the program does not have. */
export async function creditsWithoutPartner(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from customer c
    where c.program_id = ${programId} and c.partner_id is not null
      and not exists (
        select 1 from partner p where p.program_id = c.program_id and p.id = c.partner_id)
    limit 100`.execute(db)
  return rows.map((row) => row.id)
}

/** Rows in a program, by table. */
export async function countRows(
  db: Db,
  programId: string,
): Promise<{ facts: number; customers: number; setAside: number; clicks: number }> {
  const count = async (table: 'fact' | 'customer' | 'set_aside' | 'click') => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from ${sql.table(table)} where program_id = ${programId}`.execute(db)
    return rows[0]?.n ?? 0
  }
  return {
    facts: await count('fact'),
    customers: await count('customer'),
    setAside: await count('set_aside'),
    clicks: await count('click'),
  }
}

/** People's data, which stands apart from the facts (RULES F8). */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** What a trusted fact told about the person behind a customer. */
export interface ToldPerson {
  customer: string
  email: string | null
  name: string | null
}

/** What secret facts told about these customers, the earliest first. */
export async function toldPersons(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<ToldPerson[]> {
  if (customers.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .innerJoin('person', (join) =>
      join
        .onRef('person.program_id', '=', 'fact.program_id')
        .onRef('person.trust', '=', 'fact.trust')
        .onRef('person.event_id', '=', 'fact.id'),
    )
    .select(['fact.customer as customer', 'person.email as email', 'person.name as name'])
    .where('fact.program_id', '=', programId)
    .where(anyOf(db, 'fact.customer', customers))
    .where('fact.trust', '=', 'secret')
    .where('fact.type', 'in', ['identify', 'signup', 'sale'])
    .orderBy('fact.at')
    .orderBy('fact.id')
    .execute()
  return rows.flatMap(({ customer, email, name }) =>
    customer === null ? [] : [{ customer, email, name }],
  )
}

import { type Expression, type Kysely, PostgresAdapter, type SqlBool, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * Whether a column holds one of these values, as one parameter however long the list is: engines take some ten
 * thousand parameters and no more. The same text for every length, so that statements are kept.
 */
export function anyOf(
  db: Kysely<Tables>,
  column: string,
  values: readonly string[],
): Expression<SqlBool> {
  const name = sql.ref(column)
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    return sql<SqlBool>`(${name} is not null and ${name} = any(${[...values]}::text[]))`
  }
  // "is not null" lets SQLite use a partial index, which it does not see through the list.
  return sql<SqlBool>`(${name} is not null
    and ${name} in (select value from json_each(${JSON.stringify(values)})))`
}

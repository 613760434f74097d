/** Rows of one insert: engines take some ten thousand parameters and no more. */
const ROWS_AT_ONCE = 500

/** Rows as inserts take them: in their order, no slice too long for one statement, and none for no rows. */
export function* slicesOf<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    yield rows.slice(from, from + ROWS_AT_ONCE)
  }
}

/** Long work lets other requests go on between its pieces; short work is one piece. */

/** Customers, orders or rewards of one piece. */
const PIECE = 1000

/** Rows of many values, loaded piece by piece. */
export async function inPieces<Row>(
  values: readonly string[],
  load: (piece: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  if (values.length <= PIECE) return load(values)
  const rows: Row[] = []
  for (let from = 0; from < values.length; from += PIECE) {
    for (const row of await load(values.slice(from, from + PIECE))) rows.push(row)
    await nextTurn()
  }
  return rows
}

/** Calls with each value of a long list, and lets others go on between its pieces. */
export async function eachInPieces<Value>(
  values: Iterable<Value>,
  work: (value: Value) => void | Promise<void>,
): Promise<void> {
  let done = 0
  for (const value of values) {
    await work(value)
    if (++done % PIECE === 0) await nextTurn()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

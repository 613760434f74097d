/** Lists: a page and the cursor of the next. A cursor is opaque to its reader and holds a position only. */
import type { Page } from '@sentby/contract'
import { Refusal } from './refusal.ts'

/** What a list is asked for. */
export interface PageRequest {
  limit: number
  cursor?: string | undefined
}

/** The position that a cursor holds, `parts` texts, or `undefined` for the first page. */
export function readCursor(cursor: string | undefined, parts: number): string[] | undefined {
  if (cursor === undefined) return undefined
  const position = decode(cursor)
  if (!Array.isArray(position) || position.length !== parts) throw badCursor()
  return position.map((part: unknown) => {
    if (typeof part !== 'string' || part.includes('\0')) throw badCursor()
    return part
  })
}

export function writeCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** A page of rows that stand in memory, sorted by a unique text. */
export function pageInMemory<Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  { limit, cursor }: PageRequest,
): Page<Row> {
  const [after] = readCursor(cursor, 1) ?? []
  const left = [...rows].filter((row) => after === undefined || keyOf(row) > after)
  left.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return pageFrom(left, limit, (row) => [keyOf(row)])
}

/** A page of rows read in order, of which one more than `limit` was asked for. */
export function pageFrom<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => readonly string[],
): Page<Row> {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const next = rows.length > limit && last !== undefined ? writeCursor(positionOf(last)) : null
  return { data, next }
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw badCursor()
  }
}

function badCursor(): Refusal {
  const errors = [{ pointer: '/cursor', detail: 'is no cursor of this list' }]
  return new Refusal('invalid_request', { errors })
}

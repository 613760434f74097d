/** What a request for bytes gets: all of them, a range, or nothing new (RFC 9110 §13, §14). */

/** The header fields that decide; names in lower case. */
export interface ByteRequest {
  method: string
  header(name: string): string | undefined
}

/** All bytes, or `[start, end)` of them. */
export type Sent = { status: 200 } | { status: 206; start: number; end: number }

export type Negotiated = Sent | { status: 304 } | { status: 412 } | { status: 416 }

/**
 * Decides by the request's conditions and its range.
 *
 * @param etag strong, in its quotes.
 * @param size of the whole representation, bytes.
 */
export function negotiate(request: ByteRequest, etag: string, size: number): Negotiated {
  const ifMatch = request.header('if-match')
  if (ifMatch !== undefined && !names(ifMatch, etag, 'strong')) return { status: 412 }
  const ifNoneMatch = request.header('if-none-match')
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag, 'weak')) return { status: 304 }
  const range = request.header('range')
  if (request.method !== 'GET' || range === undefined) return { status: 200 }
  const ifRange = request.header('if-range')
  // A date never fits: no Last-Modified is told.
  if (ifRange !== undefined && ifRange.trim() !== etag) return { status: 200 }
  return readRange(range, size)
}

/** Several ranges, other units and what cannot be read get the whole, as RFC 9110 §14.2 allows. */
function readRange(header: string, size: number): Negotiated {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? []
  if (first === undefined || last === undefined) return { status: 200 }
  if (first === '') {
    if (last === '') return { status: 200 }
    const length = Math.min(Number(last), size)
    return length === 0 ? { status: 416 } : { status: 206, start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return { status: 200 }
  return start >= size ? { status: 416 } : { status: 206, start, end }
}

/** Whether a list of entity tags names this one. */
function names(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((entry) => {
    const tag = entry.trim()
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`)
  })
}

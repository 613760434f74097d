/** Public routes answer every origin, without credentials; sandboxed frames send `null` (CONTRACT §4.1). */
import type { Context } from 'hono'

export function allowAnyOrigin(c: Context): void {
  c.header('access-control-allow-origin', '*')
  c.header('access-control-expose-headers', 'retry-after')
}

/** Answers a preflight without touching the database. */
export function preflight(c: Context, methods: string): Response {
  c.header('access-control-allow-origin', '*')
  c.header('access-control-allow-methods', methods)
  c.header('access-control-allow-headers', 'authorization, content-type, idempotency-key')
  c.header('access-control-max-age', '86400')
  return c.body(null, 204)
}

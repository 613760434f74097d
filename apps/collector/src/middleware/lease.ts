/** Holds the body of a request of strangers within the collector's bounds, from its first byte to the answer. */
import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { Lease } from '../services/ingest/intake.ts'
import { Refusal } from '../services/refusal.ts'
import { bearerKey } from './auth.ts'
import { readText } from './body.ts'
import { clientNetwork } from './network.ts'

/**
 * Reads a body of new facts and works on it while its room is held.
 *
 * @param limit bytes at most.
 * @throws Refusal `draining`, `overloaded`, `too_large`; whatever `work` refuses.
 */
export async function withBody<Answer>(
  deps: Deps,
  c: Context,
  limit: number,
  work: (text: string) => Promise<Answer>,
): Promise<Answer> {
  if (deps.isDraining()) throw new Refusal('draining', { retryAfterSeconds: 2 })
  const lease: Lease = deps.intake.open(unknownNetwork(deps, c))
  try {
    return await work(await readText(c, limit, (bytes) => lease.take(bytes)))
  } finally {
    lease.leave()
  }
}

/** The sender's network, unless its header holds a secret key that is known. */
function unknownNetwork(deps: Deps, c: Context): string | null {
  const key = bearerKey(c)
  const isKnown = key !== undefined && deps.directory.key(key)?.kind === 'secret'
  return isKnown ? null : clientNetwork(c, deps.config.trustProxy)
}

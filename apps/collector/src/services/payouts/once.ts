/** A request under an `Idempotency-Key` takes effect once, whichever collectors it reaches. */
import { answeredUnder, keepAnswer, type Tx } from '@sentby/store'
import type { Retry } from '../configuration/change.ts'
import { Refusal } from '../refusal.ts'

/** What to lock so that one key is worked on by one at a time. */
export function retrySubjects(retry: Retry | undefined): string[] {
  return retry ? [`idempotency:${retry.key}`] : []
}

/**
 * What was answered under the key before.
 *
 * @throws Refusal `idempotency_key_reused` for another request under the same key.
 */
export async function answeredBefore<Body>(
  tx: Tx,
  programId: string,
  retry: Retry | undefined,
): Promise<Body | undefined> {
  const row = retry && (await answeredUnder(tx.db, programId, retry.key))
  if (!row) return undefined
  if (row.request_hash !== retry.requestHash) throw new Refusal('idempotency_key_reused')
  return JSON.parse(row.body) as Body
}

/** Keeps the answer in the transaction of its effect. */
export async function keepAnswered(
  tx: Tx,
  programId: string,
  retry: Retry | undefined,
  body: unknown,
  now: string,
): Promise<void> {
  if (!retry) return
  await keepAnswer(tx.db, {
    program_id: programId,
    key: retry.key,
    request_hash: retry.requestHash,
    status: 201,
    body: JSON.stringify(body),
    created_at: now,
  })
}

/**
 * Takes what PayPal's webhook delivers. Nothing that it says is believed, whoever sent it: it names batches, and PayPal
 * itself is asked about those that are ours. So no signature and no secret is needed.
 */
import type { PaypalDelivery } from '@sentby/contract'
import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import { wakeBatches } from './reconcile.ts'
import type { SendDeps } from './sending.ts'

const name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/)
  .optional()
  .catch(undefined)
const header = z.looseObject({ sender_batch_id: name }).optional().catch(undefined)
const batchHeader = z
  .looseObject({ payout_batch_id: name, sender_batch_header: header })
  .optional()
  .catch(undefined)
const resource = z
  .looseObject({ payout_batch_id: name, sender_batch_id: name, batch_header: batchHeader })
  .optional()
  .catch(undefined)
const delivery = z.looseObject({ resource })

/**
 * Makes the batches that a delivery names due to be looked at.
 *
 * @throws Refusal `not_found` for an unknown program.
 */
export async function takePaypalDelivery(
  deps: SendDeps,
  slug: string,
  body: unknown,
): Promise<PaypalDelivery> {
  const program = deps.directory.bySlug(slug)
  if (!program) throw new Refusal('not_found')
  const named = delivery.safeParse(body).data?.resource
  const own = named?.batch_header
  const hint = own?.payout_batch_id ?? named?.payout_batch_id ?? null
  const key = own?.sender_batch_header?.sender_batch_id ?? named?.sender_batch_id
  const names = [hint, key].flatMap((one) => (one == null ? [] : [one]))
  return { woken: await wakeBatches(deps, program.row.id, names, hint) }
}

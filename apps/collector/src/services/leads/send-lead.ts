/** Sends a lead's event through the one way in, with the trust of who asks. */
import type { EventResult, SentbyEventInput } from '@sentby/contract/events'
import type { Deps } from '../../deps.ts'
import { takeEvents } from '../ingest/take-events.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'

/** Who asks: a secret key. */
export interface LeadSender {
  program: ProgramConfig
  keyId: string
  network: string
}

/** @throws Refusal those of `takeEvents`; `invalid_request` for what does not fit an event. */
export async function sendLead(
  deps: Deps,
  { program, keyId, network }: LeadSender,
  event: SentbyEventInput,
): Promise<EventResult> {
  const [result] = await takeEvents(deps, {
    ...{ program, keyId, network, kind: 'secret', bot: false, sentAt: undefined },
    events: [event],
    bytes: Buffer.byteLength(JSON.stringify(event)),
  })
  if (!result) throw new Error('an event without a result')
  const { outcome, errors = [] } = result
  if (outcome === 'rejected') throw new Refusal('invalid_request', { errors })
  return result
}

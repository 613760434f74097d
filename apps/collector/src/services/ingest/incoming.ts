import type { SentbyEvent } from '@sentby/contract/events'
import type { Trust } from '@sentby/domain'

/** An event that fits its schema and its key, on its way to the commit. */
export interface Incoming {
  event: SentbyEvent
  trust: Trust
  keyId: string
  /** When the sender says that it sent this; shifts `at` by the sender's clock error (RULES F4). */
  sentAt: string | undefined
  /** The signature was right and fresh (RULES S8). */
  signed: boolean
  /** The request was a bot's, and this event is one that bots are judged on (RULES E6). */
  bot: boolean
  /** Whether to keep it when it contradicts a stored event: false where the budget of the day is spent. */
  keep: boolean
}

/** What did not get that far; kept where it can be replayed. */
export interface Refused {
  eventId: string | null
  type: string | null
  trust: Trust
  keyId: string
  reason: 'invalid_event' | 'secret_key_required' | 'too_large' | 'bad_signature'
  errors: { pointer: string; detail: string }[]
  /** The event as JSON text. */
  body: string
  /** Whether to keep it: false where the budget of the day is spent. */
  keep: boolean
}

/** One event of a request, in the order sent. */
export type Arrival = { incoming: Incoming } | { refused: Refused }

/** What an event of Stripe's says, in our words. */
import type { SentbyEventInput } from '@sentby/contract/events'
import type { StripeEnvelope } from './shapes.ts'

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'id'> : never

/** An event of ours that has no id yet. */
export type NewEvent = Unnumbered<SentbyEventInput>

/** Which order a payment (`pi_…`, `ch_…`) paid. */
export interface PaidOrder {
  payment: string
  order: string
  /** ISO 4217. */
  currency: string
}

/** Money that went back; Stripe names the payment, not what was bought. */
export interface MoneyBack {
  id: string
  at: string
  /** What the payment may be known by. */
  payments: string[]
  /** Of the amount, ISO 4217. */
  currency: string
  refund: string
  amountMinor: number
  reason?: string
  status: 'made' | 'undone'
}

export interface Reading {
  /** In the order of their ids. */
  events: SentbyEventInput[]
  moneyBack: MoneyBack[]
  paid: PaidOrder[]
}

/** What a reader needs beside the object. */
export interface Scene {
  event: StripeEnvelope
  /** The canonical code, where the program has it. */
  knownCode(text: string): string | undefined
}

/** What a reader gives; ids are put by place. */
export interface Parts {
  events?: (NewEvent | undefined)[]
  moneyBack?: Omit<MoneyBack, 'id'>[]
  paid?: (PaidOrder | undefined)[]
}

/** Numbers the parts: `stripe:<event>`, then `stripe:<event>:1` and so on. */
export function toReading({ event }: Scene, parts: Parts): Reading {
  const events = (parts.events ?? []).filter((part) => part !== undefined)
  const idOf = (place: number) => `stripe:${event.id}${place === 0 ? '' : `:${place}`}`
  return {
    events: events.map((part, place) => ({ ...part, id: idOf(place) })),
    moneyBack: (parts.moneyBack ?? []).map((part, place) => ({
      ...part,
      id: idOf(events.length + place),
    })),
    paid: (parts.paid ?? []).filter((part) => part !== undefined),
  }
}

/** An instant of Stripe's, seconds since 1970. */
export function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

/** When the event happened. */
export function timeOf({ event }: Scene): string {
  return toTime(event.created)
}

/**
 * When a refund was told to be made or undone. Stripe counts seconds; nothing is made again after it was undone, so
 * of two in one second the latter is later (RULES M5: the last one stands).
 */
export function timeOfStatus({ event }: Scene, status: MoneyBack['status']): string {
  return new Date(event.created * 1000 + (status === 'undone' ? 500 : 0)).toISOString()
}

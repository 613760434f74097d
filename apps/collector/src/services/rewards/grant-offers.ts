/** Gives customers what they are offered, once each, and tells `offer.granted` (docs/rewards.md, docs/webhooks.md). */
import type { EventResult } from '@sentby/contract/events'
import type { Decision, Offer } from '@sentby/domain'
import {
  type FactRow,
  insertOfferGrants,
  type OfferGrantRow,
  offerGrantsOf,
  type Tx,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import type { CreditBefore } from '../webhooks/credit-messages.ts'
import { enqueue, type NewMessage } from '../webhooks/enqueue.ts'
import { hasOffers, offerOf } from './offer.ts'

/** By customer: the signup whose answer may tell what the customer is given. */
export type Signups = ReadonlyMap<string, FactRow>

/**
 * Gives the offer of the credited partner's terms, as they were at the customer's anchor, to whoever has credit now that
 * nobody doubts and had not before. Who was imported was a customer already. The caller holds the locks of the customers.
 *
 * @param signups of those that arrived in this transaction.
 */
export async function grantOffers(
  tx: Tx,
  program: ProgramConfig,
  before: ReadonlyMap<string, CreditBefore>,
  decisions: Iterable<Decision>,
  signups: Signups,
  nowMs: number,
): Promise<void> {
  if (!hasOffers(program)) return
  const now = new Date(nowMs).toISOString()
  const rows: OfferGrantRow[] = []
  for (const decision of decisions) {
    const row = grantOf(program, decision, before.get(decision.customer), now)
    const signup = row && signups.get(row.customer)
    if (row) rows.push(signup ? { ...row, event_trust: signup.trust, event_id: signup.id } : row)
  }
  if (rows.length === 0) return
  const given = await insertOfferGrants(tx.db, rows)
  const messages = rows.filter(({ customer }) => given.has(customer)).map(toMessage)
  await enqueue(tx, program, messages, nowMs)
}

function grantOf(
  program: ProgramConfig,
  { customer, credited, provisional, anchor }: Decision,
  previous: CreditBefore | undefined,
  now: string,
): OfferGrantRow | undefined {
  if (credited === null || provisional !== null || anchor === null) return undefined
  if (credited.kind === 'imported') return undefined
  const wasFirm = previous && previous.provisional === null && previous.anchor !== null
  if (wasFirm && previous.partner === credited.partner) return undefined
  const found = offerOf(program, credited.partner, anchor)
  if (!found) return undefined
  return {
    program_id: program.row.id,
    customer,
    partner_id: credited.partner,
    code: credited.code,
    offer: JSON.stringify(found.offer),
    group_id: found.terms.group,
    terms_version: found.terms.version,
    terms_hash: found.terms.hash,
    event_trust: null,
    event_id: null,
    created_at: now,
  }
}

function toMessage(row: OfferGrantRow): NewMessage {
  const { customer, partner_id: partner, code, group_id: group } = row
  const terms = { group, version: row.terms_version, hash: row.terms_hash }
  return {
    type: 'offer.granted',
    data: { customer, partner, code, offer: readOffer(row), terms },
  }
}

/** What a customer was given, as the API tells it. */
export function readOffer({ offer }: Pick<OfferGrantRow, 'offer'>): Offer {
  return JSON.parse(offer) as Offer
}

/** Of new facts the first signup of each customer that is trusted or signed, and whose code, if it names one, counts. */
export function signupsOf(program: ProgramConfig, news: readonly FactRow[]): Signups {
  const signups = new Map<string, FactRow>()
  if (!hasOffers(program)) return signups
  for (const row of news) {
    if (!isTelling(row)) continue
    const first = signups.get(row.customer)
    if (!first || row.at < first.at || (row.at === first.at && row.id < first.id)) {
      signups.set(row.customer, row)
    }
  }
  return signups
}

function isTelling(row: FactRow): row is FactRow & { customer: string } {
  const { type, customer, trust, signed, verdict } = row
  if (type !== 'signup' || customer === null) return false
  return (trust === 'secret' || signed === 1) && (verdict === null || verdict === 'accepted')
}

/** Adds to the answers of signups what their customers were given by them; the same again is told the same. */
export async function tellOffers(
  tx: Tx,
  program: ProgramConfig,
  signups: readonly { row: FactRow; result: EventResult }[],
): Promise<void> {
  const telling = signups.filter(
    ({ row, result: { outcome, verdict } }) =>
      row.type === 'signup' &&
      (outcome === 'stored' || outcome === 'duplicate') &&
      (verdict === undefined || verdict.status === 'accepted'),
  )
  const customers = new Set(telling.flatMap(({ row }) => row.customer ?? []))
  const grants = new Map<string, OfferGrantRow>()
  for (const grant of await offerGrantsOf(tx.db, program.row.id, [...customers])) {
    grants.set(grant.customer, grant)
  }
  for (const { row, result } of telling) {
    const grant = grants.get(row.customer ?? '')
    if (grant?.event_id !== row.id || grant.event_trust !== row.trust) continue
    result.verdict = { ...(result.verdict ?? { status: 'accepted' }), offer: readOffer(grant) }
  }
}

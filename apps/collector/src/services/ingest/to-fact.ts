/** From an event of the wire to the row of a fact. */

import { toInstant } from '@sentby/contract'
import type { SentbyEvent } from '@sentby/contract/events'
import { effectiveTime } from '@sentby/domain'
import type { FactRow, PersonRow } from '@sentby/store'
import type { Config } from '../../config.ts'
import { hashEmail, hashPersonal } from '../people.ts'
import type { ProgramConfig } from '../program-config.ts'
import { withoutQuery } from '../without-query.ts'
import { withoutPersonal } from './claims.ts'
import type { Incoming } from './incoming.ts'
import { judgeStamps } from './stamps.ts'

/** A fact about to be stored, and the person it tells of, if any. */
export interface NewFact {
  row: FactRow
  person: PersonRow | undefined
}

/**
 * Builds the row of a fact as of its receipt (RULES F1, F4, F8): content without id, times and people's data.
 *
 * @param received the collector's time of the commit.
 */
export function toFact(
  config: Pick<Config, 'secrets'>,
  program: ProgramConfig,
  incoming: Incoming,
  received: string,
): NewFact {
  const { event, trust } = incoming
  const at = effectiveTime({
    at: event.at === undefined ? undefined : (toInstant(event.at) ?? undefined),
    sentAt: incoming.sentAt,
    received,
    trust,
  })
  const key = program.row.people_key
  const emailHash =
    'email' in event && event.email !== undefined ? hashEmail(key, event.email) : null
  const row: FactRow = {
    program_id: program.row.id,
    trust,
    id: event.id,
    type: event.type,
    at,
    received,
    visitor: ('visitor' in event && event.visitor) || null,
    install: ('install' in event && event.install) || null,
    customer: ('customer' in event && event.customer) || null,
    order_id: ('order' in event && event.order) || null,
    lead_id: ('lead' in event && event.lead) || null,
    email_hash: emailHash,
    content: contentOf(event, key, emailHash),
    verdict: null,
    bot: incoming.bot ? 1 : 0,
    signed: incoming.signed ? 1 : 0,
    stamps: event.type === 'install' ? judgeStamps(config, program, event, at) : null,
  }
  return { row, person: personOf(row, event) }
}

/** The comparable content of an event as text (RULES F3): same content, same text. */
function contentOf(event: SentbyEvent, key: string, emailHash: string | null): string {
  if (event.type === 'visit') return visitContent(event)
  const { id: _id, at: _at, ...rest } = event
  const content: Record<string, unknown> = rest
  if ('signature' in content) delete content.signature
  if (emailHash !== null) content.email = emailHash
  for (const field of ['name', 'company', 'note'] as const) {
    const value = content[field]
    if (typeof value === 'string') content[field] = hashPersonal(key, value)
  }
  if (event.type === 'install' && event.claims) content.claims = event.claims.map(withoutPersonal)
  if (event.type === 'sale' && event.period) {
    content.period = { start: toInstant(event.period.start), end: toInstant(event.period.end) }
  }
  return JSON.stringify(content)
}

function visitContent(event: Extract<SentbyEvent, { type: 'visit' }>): string {
  const { id: _id, at: _at, url, referrer, utm, ...rest } = event
  const content: Record<string, unknown> = rest
  if (url !== undefined) content.url = withoutQuery(url)
  if (referrer !== undefined) content.referrer = withoutQuery(referrer)
  if (utm !== undefined) content.utm = Object.fromEntries(Object.entries(utm).sort())
  return JSON.stringify(content)
}

function personOf(row: FactRow, event: SentbyEvent): PersonRow | undefined {
  const email = 'email' in event ? event.email : undefined
  const name = 'name' in event ? event.name : undefined
  const company = 'company' in event ? event.company : undefined
  const note = 'note' in event ? event.note : undefined
  if (email ?? name ?? company ?? note) {
    return {
      program_id: row.program_id,
      trust: row.trust,
      event_id: row.id,
      email: email ?? null,
      name: name ?? null,
      company: company ?? null,
      note: note ?? null,
    }
  }
  return undefined
}

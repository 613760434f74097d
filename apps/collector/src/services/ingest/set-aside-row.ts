/** Rows of what was refused, or contradicts a stored event; kept so that it can be sent again. */
import { LIMITS } from '@sentby/contract'
import { newId, type SetAsideRow } from '@sentby/store'
import type { Incoming, Refused } from './incoming.ts'

export function rejectedRow(programId: string, refused: Refused, nowMs: number): SetAsideRow {
  return {
    program_id: programId,
    id: newId('setAside', nowMs),
    event_id: refused.eventId,
    type: refused.type,
    trust: refused.trust,
    outcome: 'rejected',
    reason: refused.reason,
    errors: JSON.stringify(refused.errors),
    body: cut(refused.body),
    key_id: refused.keyId,
    received: new Date(nowMs).toISOString(),
    replayed_at: null,
  }
}

export function contradictedRow(programId: string, incoming: Incoming, nowMs: number): SetAsideRow {
  return {
    program_id: programId,
    id: newId('setAside', nowMs),
    event_id: incoming.event.id,
    type: incoming.event.type,
    trust: incoming.trust,
    outcome: 'conflict',
    reason: 'other_content',
    errors: null,
    body: cut(JSON.stringify(incoming.event)),
    key_id: incoming.keyId,
    received: new Date(nowMs).toISOString(),
    replayed_at: null,
  }
}

/** PostgreSQL stores no NUL; what is kept aside may hold anything. */
function cut(body: string): string {
  return body.slice(0, LIMITS.setAsideBytes).replaceAll('\0', '\uFFFD').toWellFormed()
}

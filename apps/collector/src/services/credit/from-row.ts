/** From a stored row to the fact that `decide` reads. */
import type { Fact, LeadFact } from '@sentby/domain'
import type { FactRow } from '@sentby/store'
import { toClaims } from '../ingest/claims.ts'
import { readStamps } from '../ingest/stamps.ts'

interface StoredContent {
  code?: string
  coupon?: string
  source?: string
  frame?: boolean
  partner?: string | null
  status?: LeadFact['status']
  claims?: Parameters<typeof toClaims>[0]
  product?: string
  version?: string
  parent?: string
  ephemeral?: boolean
}

/** The fact of a row, or `undefined` for the types that only money reads. */
export function fromRow(row: FactRow): Fact | undefined {
  const content = JSON.parse(row.content) as StoredContent
  const base = { id: row.id, trust: row.trust, at: row.at, received: row.received }
  const code = content.code === undefined ? {} : { code: content.code }
  switch (row.type) {
    case 'visit':
      if (row.visitor === null || content.code === undefined) return undefined
      return {
        ...base,
        type: 'visit',
        visitor: row.visitor,
        code: content.code,
        frame: content.frame === true,
        bot: row.bot === 1,
      }
    case 'code':
      if (content.code === undefined) return undefined
      return {
        ...base,
        type: 'code',
        code: content.code,
        ...named(row),
        ...(row.customer === null ? {} : { customer: row.customer }),
        coupon: content.source === 'coupon',
        signed: row.signed === 1,
      }
    case 'install': {
      if (row.install === null) return undefined
      const visitor = row.visitor === null ? {} : { visitor: row.visitor }
      const claims = toClaims(content.claims ?? [], readStamps(row.stamps))
      const { product, version, parent, ephemeral } = content
      return {
        ...base,
        type: 'install',
        install: row.install,
        ...visitor,
        claims,
        ...(product === undefined ? {} : { product }),
        ...(version === undefined ? {} : { version }),
        ...(parent === undefined ? {} : { parent }),
        ...(ephemeral === undefined ? {} : { ephemeral }),
      }
    }
    case 'identify':
    case 'signup':
    case 'sale':
      return tieFact(row, row.type, content)
    case 'lead':
      if (row.lead_id === null) return undefined
      return {
        ...base,
        type: 'lead',
        lead: row.lead_id,
        ...code,
        ...(row.email_hash === null ? {} : { emailHash: row.email_hash }),
        ...(content.status === undefined ? {} : { status: content.status }),
        ...(row.customer === null ? {} : { customer: row.customer }),
      }
    case 'assign':
      if (row.customer === null) return undefined
      return { ...base, type: 'assign', customer: row.customer, partner: content.partner ?? null }
    default:
      return undefined
  }
}

function tieFact(
  row: FactRow,
  type: 'identify' | 'signup' | 'sale',
  content: StoredContent,
): Fact | undefined {
  if (row.customer === null) return undefined
  const tie = {
    id: row.id,
    trust: row.trust,
    at: row.at,
    received: row.received,
    customer: row.customer,
    ...named(row),
    ...(row.email_hash === null ? {} : { emailHash: row.email_hash }),
    signed: row.signed === 1,
  }
  if (type === 'identify') return { ...tie, type }
  const codes = {
    ...(content.code === undefined ? {} : { code: content.code }),
    ...(content.coupon === undefined ? {} : { coupon: content.coupon }),
  }
  return { ...tie, type, ...codes }
}

function named(row: FactRow): { visitor?: string; install?: string } {
  return {
    ...(row.visitor === null ? {} : { visitor: row.visitor }),
    ...(row.install === null ? {} : { install: row.install }),
  }
}

/** The groups, terms and partners of a small program, in one change. */
import { createHash } from 'node:crypto'
import type { TermsInput } from '@sentby/contract'
import {
  insertCode,
  insertGroup,
  insertPartner,
  insertPartnerChanges,
  insertTerms,
  newId,
} from '@sentby/store'
import { type Change, changeConfiguration } from '../../src/services/configuration/change.ts'
import type { Services } from './money-rig.ts'

export const GROUPS = ['g0', 'g1', 'g2'] as const
/** Codes of the partners; the second is a customer of the vendor itself. */
export const PARTNERS = ['AAA', 'BBB'] as const
const OWN_ACCOUNT = 'c3'

/**
 * Partner n begins in group n, whose terms are the n-th.
 *
 * @returns the partners' ids.
 */
export async function setUp(
  services: Services,
  programId: string,
  terms: readonly TermsInput[],
): Promise<readonly string[]> {
  const { body } = await changeConfiguration(services, programId, undefined, async (change) => {
    const groups: string[] = []
    for (const [n, slug] of GROUPS.entries()) groups.push(await addGroup(change, slug, terms[n]))
    const partners: string[] = []
    for (const [n, code] of PARTNERS.entries()) {
      const customer = n === 1 ? OWN_ACCOUNT : null
      partners.push(await addPartner(change, groups[n] ?? '', code, customer))
    }
    return { status: 201, body: partners }
  })
  return body
}

async function addGroup(
  { tx, program, now, nowMs }: Change,
  slug: string,
  terms: TermsInput | undefined,
): Promise<string> {
  const id = newId('group', nowMs)
  const base = { program_id: program.row.id, created_at: now }
  await insertGroup(tx.db, { ...base, id, slug, name: slug, support: 0 })
  if (!terms) return id
  const { from: _from, ...own } = terms
  const body = JSON.stringify(own)
  const hash = createHash('sha256').update(body).digest('hex')
  const version = { group_id: id, version: 1, from_at: null, body, hash, actor: 'vendor' }
  await insertTerms(tx.db, { ...base, ...version })
  return id
}

async function addPartner(
  change: Change,
  group_id: string,
  code: string,
  customer: string | null,
): Promise<string> {
  const { tx, program, now, nowMs } = change
  const id = newId('partner', nowMs)
  const revision = await change.revise(false)
  const base = { program_id: program.row.id, created_at: now, revision }
  const payout = { method: 'manual', details: `IBAN of ${code}`, customer: `account ${code}` }
  const email = `${code.toLowerCase()}@partners.test`
  const own = { name: code, email, group_id, customer, payout: JSON.stringify(payout) }
  await insertPartner(tx.db, { ...base, id, ...own, shows_name: 1 })
  const active = { field: 'status' as const, value: 'active', from_at: null }
  await insertPartnerChanges(tx.db, [
    { ...base, id: newId('change', nowMs), partner_id: id, ...active },
  ])
  const named = { code, partner_id: id, origin: 'vendor' as const, is_primary: 1 }
  await insertCode(tx.db, { ...base, ...named, from_at: null, until_at: null })
  return id
}

/** What groups earn: dated versions, never changed (CONTRACT §4.4, RULES M6). */
import { createHash } from 'node:crypto'
import type { TermsAnswer, TermsInput, TermsVersionAnswer } from '@sentby/contract'
import { inForce } from '@sentby/domain'
import { insertTerms, type PartnerGroupRow, type TermsRow } from '@sentby/store'
import { type ConfigureDeps, changeConfiguration, freshProgram } from '../configuration/change.ts'
import { findGroup } from '../configuration/groups.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { leavePartnersStale } from './leave-stale.ts'

/**
 * All versions of a group's terms, the latest first.
 *
 * @throws Refusal `not_found` when there is no such group.
 */
export async function readTerms(
  deps: ConfigureDeps,
  programId: string,
  slugOrId: string,
): Promise<TermsAnswer> {
  const program = await freshProgram(deps, programId)
  const group = knownGroup(program, slugOrId)
  const now = new Date(deps.clock.now()).toISOString()
  return {
    inForce: inForce(program.terms.get(group.id) ?? [], now)?.version ?? null,
    versions: program.termsRows
      .filter((row) => row.group_id === group.id)
      .map((row) => toVersion(group, row))
      .reverse(),
  }
}

/**
 * Makes a new version of a group's terms, in force from `from`, or from now. Unreviewed rewards follow it; of
 * reviewed ones the difference is proposed (RULES M1).
 *
 * @throws Refusal `not_found` when there is no such group.
 */
export async function makeTerms(
  deps: ConfigureDeps,
  programId: string,
  slugOrId: string,
  { from, ...terms }: TermsInput,
  actor: string,
): Promise<TermsVersionAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, tx, now } = change
    const group = knownGroup(program, slugOrId)
    const body = canonicalJson(terms)
    const row: TermsRow = {
      program_id: programId,
      group_id: group.id,
      version: Math.max(0, ...(program.terms.get(group.id) ?? []).map((one) => one.version)) + 1,
      from_at: from === undefined ? now : from,
      body,
      hash: createHash('sha256').update(body).digest('hex'),
      actor,
      created_at: now,
    }
    await change.revise(false)
    await insertTerms(tx.db, row)
    await leavePartnersStale(tx, programId, partnersEverIn(program, group.id))
    return { status: 200, body: toVersion(group, row) }
  })
  return answer.body
}

function knownGroup(program: ProgramConfig, slugOrId: string): PartnerGroupRow {
  const group = findGroup(program, slugOrId)
  if (!group) throw new Refusal('not_found', { detail: 'there is no such group' })
  return group
}

/** Partners that are in a group, were or will be. */
function partnersEverIn(program: ProgramConfig, groupId: string): string[] {
  return [...program.partners.values()]
    .filter(
      ({ id, group_id }) =>
        group_id === groupId ||
        (program.changes.get(id) ?? []).some(
          ({ field, value }) => field === 'group' && value === groupId,
        ),
    )
    .map(({ id }) => id)
}

function toVersion({ slug }: PartnerGroupRow, row: TermsRow): TermsVersionAnswer {
  return {
    group: slug,
    version: row.version,
    from: row.from_at,
    hash: row.hash,
    createdAt: row.created_at,
    terms: JSON.parse(row.body) as TermsVersionAnswer['terms'],
  }
}

/** JSON with the keys of every object in order, so that equal terms have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

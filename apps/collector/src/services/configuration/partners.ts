/** Partners: who is enrolled, with a primary code. Status, group and e-mail change by dated entries (RULES F5). */
import type { Page, PartnerAnswer, PartnerChange, PartnerInput } from '@sentby/contract'
import { isActiveAt } from '@sentby/domain'
import { insertPartner, insertPartnerChanges, newId, type PartnerRow } from '@sentby/store'
import { type PageRequest, pageInMemory } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { tellPartner } from '../webhooks/partner-messages.ts'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'
import { insertNewCode } from './codes.ts'
import { groupOf } from './groups.ts'
import { linkUrl } from './link-url.ts'
import { datedChanges, writePartner } from './partner-changes.ts'
import { decideWaiting } from './waiting-facts.ts'

/**
 * Enrols a partner and gives it a primary code: the one named, or a generated one.
 *
 * @throws Refusal `already_exists` when a partner has the e-mail, `code_taken`, `invalid_request` for an unknown
 *   group or a reserved code.
 */
export function makePartner(
  deps: ConfigureDeps,
  programId: string,
  input: PartnerInput,
  retry?: Retry,
): Promise<Answer<PartnerAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    const { program, tx, now, nowMs } = change
    refuseKnownEmail(program, input.email)
    const row: PartnerRow = {
      program_id: programId,
      id: newId('partner', nowMs),
      email: input.email,
      name: input.name,
      group_id: groupOf(program, input.group).id,
      customer: input.customer ?? null,
      payout: input.payout === undefined ? null : JSON.stringify(input.payout),
      shows_name: input.showsName === false ? 0 : 1,
      created_at: now,
      revision: await change.revise(false),
    }
    await insertPartner(tx.db, row)
    await insertPartnerChanges(tx.db, [
      {
        program_id: programId,
        partner_id: row.id,
        id: newId('change', nowMs),
        field: 'status',
        value: 'active',
        from_at: input.from ?? null,
        created_at: now,
        revision: row.revision,
      },
    ])
    const code = await insertNewCode(change, {
      partnerId: row.id,
      code: input.code,
      isPrimary: true,
    })
    await decideWaiting(change, [code.code])
    const body = toPartner(deps, await change.reread(), row, now)
    await tellPartner(change, body)
    return { status: 201, body }
  })
}

/**
 * Changes a partner. `from` dates status, group and e-mail; without it they hold from now on.
 *
 * @throws Refusal `not_found`, `already_exists` for an e-mail that another partner has, `invalid_request`.
 */
export async function changePartner(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  input: PartnerChange,
): Promise<PartnerAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, now } = change
    const before = program.partners.get(id)
    if (!before) throw new Refusal('not_found')
    if (input.email !== undefined) refuseKnownEmail(program, input.email, id)
    const changes = datedChanges(program, before, input, now)
    const row = await writePartner(change, before, input, changes)
    const body = toPartner(deps, await change.reread(), row, now)
    await tellPartner(change, body, input)
    return { status: 200, body }
  })
  return answer.body
}

export async function readPartner(
  deps: ConfigureDeps,
  programId: string,
  id: string,
): Promise<PartnerAnswer> {
  const program = await freshProgram(deps, programId)
  const row = program.partners.get(id)
  if (!row) throw new Refusal('not_found')
  return toPartner(deps, program, row, nowOf(deps))
}

/** Partners in the order of their ids: the oldest first. */
export async function listPartners(
  deps: ConfigureDeps,
  programId: string,
  filter: PageRequest & {
    email?: string | undefined
    group?: string | undefined
    status?: 'active' | 'inactive' | undefined
  },
): Promise<Page<PartnerAnswer>> {
  const program = await freshProgram(deps, programId)
  const now = nowOf(deps)
  const group = filter.group === undefined ? undefined : groupOf(program, filter.group).id
  const email = filter.email?.toLowerCase()
  const rows = [...program.partners.values()].filter(
    (row) =>
      (email === undefined || row.email.toLowerCase() === email) &&
      (group === undefined || groupAt(program, row, now) === group) &&
      (filter.status === undefined || statusAt(program, row.id, now) === filter.status),
  )
  const { data, next } = pageInMemory(rows, (row) => row.id, filter)
  return { data: data.map((row) => toPartner(deps, program, row, now)), next }
}

function nowOf(deps: ConfigureDeps): string {
  return new Date(deps.clock.now()).toISOString()
}

function refuseKnownEmail(program: ProgramConfig, email: string, self?: string): void {
  const wanted = email.toLowerCase()
  for (const partner of program.partners.values()) {
    if (partner.id === self || partner.email.toLowerCase() !== wanted) continue
    throw new Refusal('already_exists', { detail: 'a partner of the program has this e-mail' })
  }
}

function statusAt(program: ProgramConfig, id: string, at: string): 'active' | 'inactive' {
  const partner = program.domain.partners.get(id)
  return partner && isActiveAt(partner, at) ? 'active' : 'inactive'
}

/** The group at a moment: the last dated change up to it, else the present one. */
function groupAt(program: ProgramConfig, row: PartnerRow, at: string): string {
  let group = row.group_id
  let since = ''
  for (const change of program.changes.get(row.id) ?? []) {
    const from = change.from_at ?? ''
    if (change.field !== 'group' || from > at || from < since) continue
    group = change.value
    since = from
  }
  return group
}

/** Primary codes by partner, made once a revision: configurations are new objects when they change. */
const primaryCodes = new WeakMap<ProgramConfig, Map<string, string>>()

function primaryCode(program: ProgramConfig, partner: string): string | null {
  let codes = primaryCodes.get(program)
  if (!codes) {
    codes = new Map()
    for (const code of program.codes.values()) {
      if (code.is_primary === 1) codes.set(code.partner_id, code.code)
    }
    primaryCodes.set(program, codes)
  }
  return codes.get(partner) ?? null
}

function toPartner(
  deps: Pick<ConfigureDeps, 'publicUrl' | 'directory'>,
  program: ProgramConfig,
  row: PartnerRow,
  now: string,
): PartnerAnswer {
  const code = primaryCode(program, row.id)
  const group = groupAt(program, row, now)
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    group: program.groups.find((known) => known.id === group)?.slug ?? group,
    status: statusAt(program, row.id, now),
    code,
    link: code === null ? null : linkUrl(deps, program, code),
    customer: row.customer,
    payout: row.payout === null ? null : (JSON.parse(row.payout) as PartnerAnswer['payout']),
    showsName: row.shows_name === 1,
    createdAt: row.created_at,
  }
}

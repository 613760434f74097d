/** Links: a code with a destination and a campaign. */
import {
  CLICK_CLASSES,
  type LinkAnswer,
  type LinkInput,
  type LinkWithClicks,
  type Page,
} from '@sentby/contract'
import { clicksOfCode, insertLink, type LinkRow, newId } from '@sentby/store'
import { type PageRequest, pageInMemory } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import {
  type Answer,
  type Change,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'
import { codeOf, insertNewCode } from './codes.ts'
import { readDestination } from './destination.ts'
import { linkUrl } from './link-url.ts'
import { decideWaiting } from './waiting-facts.ts'

/**
 * Makes a link: under a code of its own, or under a code that the partner has and that leads nowhere yet.
 *
 * @returns 200 with the existing link when the same one is there.
 * @throws Refusal `not_found` for an unknown partner, `invalid_request` for a destination that is not on the
 *   program's sites, `code_taken` for another partner's code, `already_exists` when the code leads elsewhere.
 */
export function makeLink(
  deps: ConfigureDeps,
  programId: string,
  input: LinkInput,
  retry?: Retry,
): Promise<Answer<LinkAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    const { program, tx, now, nowMs } = change
    if (!program.partners.has(input.partner)) throw unknownPartner()
    const to = destinationIn(program, input.to)
    const existing = existingLink(program, input, to)
    if (existing) return { status: 200, body: toLink(deps, program, existing) }
    const code = await codeFor(change, input)
    const row: LinkRow = {
      program_id: programId,
      id: newId('link', nowMs),
      code,
      partner_id: input.partner,
      to_url: to,
      campaign: input.campaign ?? null,
      created_at: now,
      revision: await change.revise(false),
    }
    await insertLink(tx.db, row)
    await decideWaiting(change, [code])
    return { status: 201, body: toLink(deps, program, row) }
  })
}

export async function listLinks(
  deps: ConfigureDeps,
  programId: string,
  { partner, ...page }: PageRequest & { partner?: string | undefined },
): Promise<Page<LinkAnswer>> {
  const program = await freshProgram(deps, programId)
  const links = [...program.links.values()].filter(
    (link) => partner === undefined || link.partner_id === partner,
  )
  const { data, next } = pageInMemory(links, (link) => link.id, page)
  return { data: data.map((link) => toLink(deps, program, link)), next }
}

/**
 * A link with its clicks by class.
 *
 * @throws Refusal `not_found`.
 */
export async function readLink(
  deps: ConfigureDeps,
  programId: string,
  id: string,
): Promise<LinkWithClicks> {
  const program = await freshProgram(deps, programId)
  const row = [...program.links.values()].find((link) => link.id === id)
  if (!row) throw new Refusal('not_found')
  const clicks: LinkWithClicks['clicks'] = { counted: 0, bot: 0, prefetch: 0, repeated: 0 }
  for (const count of await clicksOfCode(deps.store.db, programId, row.code)) {
    const name = CLICK_CLASSES.find((known) => known === count.class)
    if (name) clicks[name] = count.clicks
  }
  return { ...toLink(deps, program, row), clicks }
}

function destinationIn(program: ProgramConfig, text: string): string {
  const url = readDestination(text, JSON.parse(program.row.sites) as string[])
  if (url instanceof URL) return url.href
  const errors = [{ pointer: '/to', detail: url.detail }]
  throw new Refusal('invalid_request', { errors })
}

function existingLink(program: ProgramConfig, input: LinkInput, to: string): LinkRow | undefined {
  if (input.code === undefined) return undefined
  codeOf(program, input.partner, input.code)
  const link = program.links.get(input.code)
  if (!link) return undefined
  if (link.to_url === to && link.campaign === (input.campaign ?? null)) return link
  throw new Refusal('already_exists', { detail: 'the code leads elsewhere already' })
}

async function codeFor(change: Change, { partner, code }: LinkInput): Promise<string> {
  if (code !== undefined && codeOf(change.program, partner, code)) return code
  const made = await insertNewCode(change, { partnerId: partner, code, isPrimary: false })
  return made.code
}

function unknownPartner(): Refusal {
  return new Refusal('not_found', { detail: 'no partner of the program has this id' })
}

function toLink(deps: ConfigureDeps, program: ProgramConfig, row: LinkRow): LinkAnswer {
  return {
    id: row.id,
    partner: row.partner_id,
    code: row.code,
    to: row.to_url,
    campaign: row.campaign,
    url: linkUrl(deps, program, row.code),
    createdAt: row.created_at,
  }
}

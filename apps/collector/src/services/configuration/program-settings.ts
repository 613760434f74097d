/** What the vendor sets about the program itself (CONTRACT §4.3 `PATCH /v1/program`). */
import type { FieldError, PayoutCalendar, ProgramAnswer, ProgramChange } from '@sentby/contract'
import { hostsOfOthers, type ProgramRow, type ProgramSettings, updateProgram } from '@sentby/store'
import { startCalendar } from '../payouts/payout-days.ts'
import { Refusal } from '../refusal.ts'
import { leavePartnersStale } from '../rewards/leave-stale.ts'
import { type Change, type ConfigureDeps, changeConfiguration, freshProgram } from './change.ts'
import { readDestination, readWebUrl } from './destination.ts'

/** What stands in the program's `settings`. */
interface Settings {
  reviewDay?: number | null
  publishDay?: number | null
  payouts?: PayoutCalendar
}

export async function readProgram(deps: ConfigureDeps, programId: string): Promise<ProgramAnswer> {
  return toProgram((await freshProgram(deps, programId)).row)
}

/**
 * Changes settings; what is not named stays. Links that are there keep their destinations.
 *
 * @throws Refusal `invalid_request` for a site that is no plain http(s) URL or not among `sites`,
 *   `already_exists` for another program's host, or the collector's where several programs share it.
 */
export async function changeProgram(
  deps: ConfigureDeps,
  programId: string,
  input: ProgramChange,
): Promise<ProgramAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, tx } = change
    await refuseForeignHosts(change, input.hosts ?? [], deps.publicUrl())
    const settings = nextSettings(program.row, input)
    await change.revise(false)
    await updateProgram(tx.db, programId, settings)
    if (input.payouts) await startCalendar(change, input.payouts, settings.timezone)
    // Months, days and durations are those of the zone.
    if (settings.timezone !== program.row.timezone && program.terms.size > 0) {
      await leavePartnersStale(tx, programId, [...program.partners.keys()])
    }
    return { status: 200, body: toProgram({ ...program.row, ...settings }) }
  })
  return answer.body
}

function nextSettings(row: ProgramRow, input: ProgramChange): ProgramSettings {
  const sites = input.sites ? readSites(input.sites) : (JSON.parse(row.sites) as string[])
  const settings: Settings = JSON.parse(row.settings)
  if (input.reviewDay !== undefined) settings.reviewDay = input.reviewDay
  if (input.publishDay !== undefined) settings.publishDay = input.publishDay
  if (input.payouts !== undefined) settings.payouts = input.payouts
  return {
    name: input.name ?? row.name,
    currency: input.currency ?? row.currency,
    timezone: input.timezone ?? row.timezone,
    site: input.site || input.sites ? readSite(input.site ?? row.site, sites) : row.site,
    sites: JSON.stringify(sites),
    hosts: input.hosts ? JSON.stringify([...new Set(input.hosts)]) : row.hosts,
    settings: JSON.stringify(settings),
  }
}

/** Sites as origins, each once. */
function readSites(texts: readonly string[]): string[] {
  const errors: FieldError[] = []
  const origins = texts.map((text, index) => {
    const url = readWebUrl(text)
    if (url instanceof URL) return url.origin
    errors.push({ pointer: `/sites/${index}`, detail: url.detail })
    return ''
  })
  if (errors.length > 0) throw new Refusal('invalid_request', { errors })
  return [...new Set(origins)]
}

/** Codes without a link lead here, so it is a destination like any other. */
function readSite(text: string, sites: readonly string[]): string {
  if (text === '') return ''
  const url = readDestination(text, sites)
  if (url instanceof URL) return url.href
  throw new Refusal('invalid_request', { errors: [{ pointer: '/site', detail: url.detail }] })
}

/** A host leads to one program only, and that of `PUBLIC_URL` to none of several (RULES S5). */
async function refuseForeignHosts(
  { tx, program }: Change,
  hosts: readonly string[],
  publicUrl: string,
): Promise<void> {
  const claimed = hosts.filter((host) => !program.hosts.has(host))
  if (claimed.length === 0) return
  // Two programs that claim one host at the same time: the second sees the first.
  await tx.lockSubjects('', ['hosts'])
  const others = await hostsOfOthers(tx.db, program.row.id)
  if (others.length === 0) return
  const taken = new Set([...others.flat(), new URL(publicUrl).host])
  if (claimed.some((host) => taken.has(host))) {
    throw new Refusal('already_exists', { detail: 'somebody else answers on one of these hosts' })
  }
}

function toProgram(row: ProgramRow): ProgramAnswer {
  const settings: Settings = JSON.parse(row.settings)
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    currency: row.currency,
    timezone: row.timezone,
    site: row.site === '' ? null : row.site,
    sites: JSON.parse(row.sites) as string[],
    hosts: JSON.parse(row.hosts) as string[],
    reviewDay: settings.reviewDay ?? null,
    publishDay: settings.publishDay ?? null,
    ...(settings.payouts ? { payouts: settings.payouts } : {}),
    createdAt: row.created_at,
  }
}

/** The program `acme` with its made-up partners, in a database that was empty. */
import { raiseRevision } from '@sentby/store'
import type { Deps } from '../deps.ts'
import type { Collector } from '../open-collector.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { makeProgram } from '../services/programs.ts'
import { Refusal } from '../services/refusal.ts'
import { DemoError } from './demo-error.ts'
import type { KeyPair } from './demo-keys.ts'

const SLUG = 'acme'

/** Roles, no persons; `.example` is nobody's domain (RFC 2606). */
const PARTNERS = [
  { code: 'JANE', name: "Jane's Blog (demo)", email: 'jane@blog.example' },
  { code: 'MAX', name: "Max's Web Studio (demo)", email: 'max@studio.example' },
  { code: 'PODCAST', name: 'The Invoice Podcast (demo)', email: 'host@podcast.example' },
] as const

/** A second link, of MAX: another code, straight to the prices. */
const CAMPAIGN = { partner: 'MAX', code: 'MAXSPRING', path: '/#pricing', campaign: 'spring' }

/** What the credit page offers to follow. */
export const DEMO_CODES = [
  ...PARTNERS.map(({ code, name }) => ({ code, label: name })),
  { code: CAMPAIGN.code, label: "Max's spring campaign (demo)" },
]

/**
 * The demo program: the one that an earlier start made, or a new one in an empty database.
 *
 * @param site the shop's address; links of an earlier start are moved there.
 * @returns the program, with its keys when it was made just now.
 * @throws DemoError when the database has other programs only.
 */
export async function openDemoProgram(
  deps: Deps,
  site: string,
): Promise<{ id: string; made: KeyPair | undefined }> {
  await deps.directory.refresh()
  const programs = [...deps.directory.programs()]
  const known = programs.find(isDemo)
  if (known) {
    if (known.row.site !== site) await moveTo(deps, known, site)
    return { id: known.row.id, made: undefined }
  }
  if (programs.length > 0) {
    throw new DemoError(
      'The database has programs of its own, and the demo is made in an empty one only.',
    )
  }
  return makeDemoProgram(deps, site)
}

/** Makes the partners and links that are not there yet, as a vendor would: by the API. */
export async function addDemoPartners(
  collector: Collector,
  programId: string,
  { secretKey }: KeyPair,
  site: string,
): Promise<void> {
  const has = (code: string) => collector.deps.directory.program(programId)?.codes.has(code)
  for (const partner of PARTNERS) {
    if (!has(partner.code)) await post(collector, secretKey, '/v1/partners', partner)
  }
  if (has(CAMPAIGN.code)) return
  const { code, campaign, path } = CAMPAIGN
  const owner = collector.deps.directory.program(programId)?.codes.get(CAMPAIGN.partner)
  const to = new URL(path, site).href
  const link = { partner: owner?.partner_id, to, code, campaign }
  await post(collector, secretKey, '/v1/links', link)
}

function isDemo({ row }: ProgramConfig): boolean {
  return (JSON.parse(row.settings) as { demo?: unknown }).demo === true
}

async function makeDemoProgram(deps: Deps, site: string) {
  const input = { slug: SLUG, name: 'Acme', currency: 'EUR', timezone: 'UTC', sites: [site] }
  try {
    const made = await makeProgram(deps.store, input, deps.clock.now())
    await change(deps, made.id, { settings: JSON.stringify({ demo: true }) })
    return { id: made.id, made }
  } catch (error) {
    // Another collector on the same database was faster.
    const other = error instanceof Refusal && error.code === 'already_exists'
    await deps.directory.refresh()
    const program = deps.directory.bySlug(SLUG)
    if (!other || !program) throw error
    return { id: program.row.id, made: undefined }
  }
}

/** The shop is served elsewhere than at the last start: another DEMO_PORT. */
async function moveTo(deps: Deps, program: ProgramConfig, site: string): Promise<void> {
  const from = new URL(program.row.site).origin
  const { origin } = new URL(site)
  const sites = (JSON.parse(program.row.sites) as string[]).map((one) =>
    one === from ? origin : one,
  )
  const links = [...program.links.values()].filter(({ to_url: to }) => new URL(to).origin === from)
  const moved = links.map(({ id, to_url: to }) => ({ id, to: origin + to.slice(from.length) }))
  await change(deps, program.row.id, { site, sites: JSON.stringify(sites) }, moved)
}

async function change(
  deps: Deps,
  programId: string,
  values: { site?: string; sites?: string; settings?: string },
  links: readonly { id: string; to: string }[] = [],
): Promise<void> {
  await deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'exclusive')
    const revision = await raiseRevision(tx.db, programId, false)
    await tx.db.updateTable('program').set(values).where('id', '=', programId).execute()
    for (const { id, to } of links) {
      await tx.db
        .updateTable('link')
        .set({ to_url: to, revision })
        .where('program_id', '=', programId)
        .where('id', '=', id)
        .execute()
    }
  })
  await deps.directory.refresh()
}

async function post(collector: Collector, key: string, path: string, body: unknown): Promise<void> {
  const response = await collector.app.request(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // 409: another collector, started at the same moment, has made it.
  if (!response.ok && response.status !== 409) {
    throw new DemoError(`The demo could not be made: POST ${path} answered ${response.status}.`)
  }
  await collector.deps.directory.refresh()
}

/** Who gives first-line support: the credited partner, where its group does (CONTRACT §4.3). */
import type { SupportAnswer, SupportQuery } from '@sentby/contract'
import { isActiveAt } from '@sentby/domain'
import { customersByEmail } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { readDecision } from '../credit/read-decision.ts'
import { readInstallationDecision } from '../credit/read-installation.ts'
import { hashEmail } from '../people.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'

type ReadDeps = Pick<Deps, 'store' | 'directory' | 'clock'>

/** Customers of one e-mail that are looked at. */
const MAX_CUSTOMERS = 20

/** Whose credit it is about, and whether it waits. */
interface Credit {
  partner: string | null
  isProvisional: boolean
}

/**
 * The partner to ask, or why there is none.
 *
 * @throws Refusal `invalid_request` unless exactly one of customer, install and e-mail is given.
 */
export async function findSupport(
  deps: ReadDeps,
  programId: string,
  query: SupportQuery,
): Promise<SupportAnswer> {
  const given = Object.values(query).filter((value) => value !== undefined)
  if (given.length !== 1) {
    const errors = [{ pointer: '', detail: 'give exactly one of customer, install, email' }]
    throw new Refusal('invalid_request', { errors })
  }
  const program = await freshProgram(deps, programId)
  const now = new Date(deps.clock.now()).toISOString()
  const credits = await creditsOf(deps, program, query)
  const answers = credits.map((credit) => supportOf(program, credit, now))
  // Of several customers with one e-mail the first that has somebody to ask.
  const found = answers.find(({ partner }) => partner !== null) ?? answers[0]
  return found ?? { partner: null, reason: 'not_found' }
}

async function creditsOf(
  deps: ReadDeps,
  program: ProgramConfig,
  { customer, install, email }: SupportQuery,
): Promise<Credit[]> {
  const programId = program.row.id
  if (install !== undefined) {
    const decided = await readInstallationDecision(deps, programId, install)
    return decided ? [{ partner: decided.row.partner_id, isProvisional: false }] : []
  }
  const customers =
    email === undefined
      ? [customer ?? '']
      : await customersByEmail(deps.store.db, programId, [hashEmail(program.row.people_key, email)])
  const credits: Credit[] = []
  for (const id of customers.sort().slice(0, MAX_CUSTOMERS)) {
    const decided = await readDecision(deps, programId, id)
    if (!decided) continue
    const { partner_id: partner, provisional } = decided.row
    credits.push({ partner, isProvisional: provisional !== null })
  }
  return credits
}

function supportOf(program: ProgramConfig, credit: Credit, now: string): SupportAnswer {
  const none = (reason: SupportAnswer['reason']) => ({ partner: null, reason })
  if (credit.partner === null) return none('no_credit')
  if (credit.isProvisional) return none('unverified')
  const partner = program.partners.get(credit.partner)
  const dated = program.domain.partners.get(credit.partner)
  if (!partner || !dated || !isActiveAt(dated, now)) return none('partner_inactive')
  const group = program.groups.find(({ id }) => id === partner.group_id)
  if (group?.support !== 1) return none('no_support')
  const { id, name, email } = partner
  return { partner: { id, name, email }, reason: 'credited' }
}

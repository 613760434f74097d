/** Customers as the vendor reads them: who is credited, and who they are. */
import type { CustomerAnswer, Page } from '@sentby/contract'
import {
  type CustomerRow,
  customersPage,
  offerGrantsOf,
  toldPersons,
  undecidedCustomers,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { decideNow, readDecision } from '../credit/read-decision.ts'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { readOffer } from '../rewards/grant-offers.ts'
import { hasOffers } from '../rewards/offer.ts'
import { partnerName } from './credit.ts'

/** Decisions made anew before a list by partner; further ones follow by the job within seconds. */
const DECIDED_AT_ONCE = 500

type ReadDeps = Pick<Deps, 'store' | 'directory' | 'clock'>

/** Customers by id, those of one partner where it is named. */
export async function listCustomers(
  deps: ReadDeps,
  programId: string,
  { partner, ...page }: PageRequest & { partner?: string | undefined },
): Promise<Page<CustomerAnswer>> {
  const [after] = readCursor(page.cursor, 1) ?? []
  const program = await freshProgram(deps, programId)
  const { db } = deps.store
  const read = () => customersPage(db, programId, { partner, after, limit: page.limit + 1 })
  if (partner !== undefined) {
    const revision = program.row.decisions_revision
    const stale = await undecidedCustomers(db, programId, revision, DECIDED_AT_ONCE)
    if (stale.length > 0) await decideNow(deps, programId, stale)
  }
  let rows = await read()
  const stale = rows.filter((row) => row.revision < program.row.decisions_revision)
  if (stale.length > 0) {
    const ids = stale.map((row) => row.id)
    await decideNow(deps, programId, ids)
    rows = await read()
  }
  const { data, next } = pageFrom(rows, page.limit, (row) => [row.id])
  return { data: await toCustomers(deps, program, data), next }
}

/**
 * One customer.
 *
 * @throws Refusal `not_found` when no fact names it.
 */
export async function readCustomer(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<CustomerAnswer> {
  const program = await freshProgram(deps, programId)
  const decided = await readDecision(deps, programId, id)
  const [customer] = decided ? await toCustomers(deps, program, [decided.row]) : []
  if (!customer) throw new Refusal('not_found')
  return customer
}

async function toCustomers(
  deps: ReadDeps,
  program: ProgramConfig,
  rows: readonly CustomerRow[],
): Promise<CustomerAnswer[]> {
  const persons = new Map<string, { email: string | null; name: string | null }>()
  const ids = rows.map((row) => row.id)
  for (const { customer, email, name } of await toldPersons(deps.store.db, program.row.id, ids)) {
    const known = persons.get(customer)
    persons.set(customer, {
      email: email ?? known?.email ?? null,
      name: name ?? known?.name ?? null,
    })
  }
  const offers = await offersOf(deps, program, ids)
  return rows.map((row) => ({
    id: row.id,
    ref: row.ref,
    email: persons.get(row.id)?.email ?? null,
    name: persons.get(row.id)?.name ?? null,
    partner: row.partner_id === null ? null : partnerName(program, row.partner_id),
    code: row.code,
    reason: row.reason,
    provisional: row.provisional as CustomerAnswer['provisional'],
    verified: row.verified === 1,
    anchor: row.anchor,
    ...offers.get(row.id),
    createdAt: row.created_at,
  }))
}

async function offersOf(
  { store }: ReadDeps,
  program: ProgramConfig,
  customers: readonly string[],
): Promise<Map<string, Pick<CustomerAnswer, 'offer'>>> {
  if (!hasOffers(program)) return new Map()
  const grants = await offerGrantsOf(store.db, program.row.id, customers)
  return new Map(grants.map((grant) => [grant.customer, { offer: readOffer(grant) }]))
}

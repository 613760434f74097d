/** Brings rewards to what is due, inside the caller's transaction (RULES M1): load, decide, save. */
import { accrualMonth } from '@sentby/domain'
import { countCreditedTo, periodRuns, type Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { evaluate } from './evaluate.ts'
import { leaveCustomersStale, leavePartnersStale } from './leave-stale.ts'
import {
  type Concerned,
  concernedBy,
  isWhole,
  loadScene,
  type Scene,
  type Scope,
} from './load-scene.ts'
import type { Moment } from './next-rows.ts'
import { type Cause, saveScene } from './save-scene.ts'

/** Customers whose money is loaded together. */
const SLICE = 200

export interface SettleOptions {
  nowMs: number
  cause?: Cause
  /** Throws when one of these partners is not locked by this transaction (RULES F6). */
  requirePartners(partners: Iterable<string>): void
  /** After so long no further slice is begun; what is left is noted for the job. */
  budgetMs?: number
  /** A partner with more customers than this is left to the job. */
  maxCustomers?: number
  /** Decisions to be taken between two evaluations, on books as they stand then. */
  act?: (scene: Scene) => void
}

const BY_FACTS: Cause = { kind: 'facts', actor: 'sentby' }

/**
 * Computes what these customers and partners earn now and writes what differs. The caller holds the locks of all
 * partners concerned; asked again with the same facts it writes nothing.
 */
export async function settleRewards(
  tx: Tx,
  program: ProgramConfig,
  scope: Scope,
  options: SettleOptions,
): Promise<void> {
  if (program.terms.size === 0) return
  const { id } = program.row
  const until = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY)
  const concerned = await concernedBy(tx.db, id, scope.customers)
  const partners = new Set([...concerned.partners, ...scope.partners])
  options.requirePartners(partners)
  const whole = new Set(scope.partners)
  for (const partner of partners) if (isWhole(program, partner)) whole.add(partner)
  const { alone, together } = split(scope.customers, concerned, whole, options.act !== undefined)
  if (whole.size + together.length > 0) {
    const small = await withoutLarge(tx, program, whole, options)
    await settleSlice(tx, program, together, small, concerned, options)
  }
  for (let from = 0; from < alone.length; from += SLICE) {
    if (from > 0 && performance.now() > until) {
      return leaveCustomersStale(tx, id, alone.slice(from))
    }
    const slice = alone.slice(from, from + SLICE)
    await settleSlice(tx, program, slice, new Set(), concerned, options)
  }
}

/** Customers that may be looked at slice by slice, and those that meet a partner that is looked at as a whole. */
function split(
  customers: readonly string[],
  { partnersOf }: Concerned,
  whole: ReadonlySet<string>,
  isAct: boolean,
): { alone: string[]; together: string[] } {
  const alone: string[] = []
  const together: string[] = []
  for (const customer of customers) {
    const meets = [...(partnersOf.get(customer) ?? [])].some((partner) => whole.has(partner))
    if (meets || isAct) together.push(customer)
    else alone.push(customer)
  }
  return { alone, together }
}

/** Partners with too many customers for this transaction are noted for the job. */
async function withoutLarge(
  tx: Tx,
  program: ProgramConfig,
  whole: ReadonlySet<string>,
  { maxCustomers }: SettleOptions,
): Promise<ReadonlySet<string>> {
  if (maxCustomers === undefined) return whole
  const small = new Set<string>()
  const large: string[] = []
  for (const partner of whole) {
    const count = await countCreditedTo(tx.db, program.row.id, partner, maxCustomers + 1)
    if (count > maxCustomers) large.push(partner)
    else small.add(partner)
  }
  await leavePartnersStale(tx, program.row.id, large)
  return small
}

async function settleSlice(
  tx: Tx,
  program: ProgramConfig,
  customers: readonly string[],
  whole: ReadonlySet<string>,
  concerned: Concerned,
  { nowMs, cause = BY_FACTS, act }: SettleOptions,
): Promise<void> {
  const now = new Date(nowMs).toISOString()
  const partners = new Set(whole)
  for (const customer of customers) {
    for (const partner of concerned.partnersOf.get(customer) ?? []) {
      if (whole.has(partner) || !isWhole(program, partner)) partners.add(partner)
    }
  }
  const scene = await loadScene(tx.db, program, { customers, whole, partners }, concerned, now)
  let evaluation = await evaluate(scene)
  if (act) {
    act(scene)
    evaluation = await evaluate(scene)
  }
  const closed = new Set(await periodRuns(tx.db, program.row.id, 'close'))
  await saveScene(tx, scene, evaluation, cause, momentOf(program, now, cause.actor, closed), nowMs)
}

function momentOf(
  program: ProgramConfig,
  now: string,
  actor: string,
  closed: ReadonlySet<string>,
): Moment {
  const { publishDay } = JSON.parse(program.row.settings) as { publishDay?: number | null }
  return {
    programId: program.row.id,
    now,
    actor,
    publishesAtOnce: (publishDay ?? null) === null,
    monthOf: (month) => (closed.has(month) ? accrualMonth(now, program.row.timezone) : month),
  }
}

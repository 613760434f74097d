import type { Fact, Instant } from '../facts.ts'
import type { Policy } from '../policy.ts'
import { addMinutes } from '../time.ts'
import type { NamingFact, Subjects } from './subjects.ts'

/** How far a tie, and what comes through it, may be believed (RULES A2–A4). */
export type Standing = 'verified' | 'open' | 'void'

/** When the customer settles, and what that makes of its ties. */
export interface Settling {
  /** Inclusive; `null`: never, so that everything is in time. */
  settlesAt: Instant | null
  /** The same where it rests on a trusted conversion; else `null`: the door stays open for what is vouched for. */
  closesAt: Instant | null
  verified: boolean
}

/** Whether a receipt is early enough for what is open and not signed to carry (RULES A2); the bound itself is. */
export function isInTime(settling: Pick<Settling, 'settlesAt'>, received: Instant): boolean {
  return settling.settlesAt === null || received <= settling.settlesAt
}

/** Whether a fact may count as of its own time, and an `install` lead to its visitor: secret, or in time (RULES A2). */
export function isTimely(
  { trust, received }: Pick<Fact, 'trust' | 'received'>,
  settling: Pick<Settling, 'settlesAt'>,
): boolean {
  return trust === 'secret' || isInTime(settling, received)
}

/** An open fact that came after the customer or the installation settled counts at its receipt (RULES A2). */
export function countedAt(fact: Fact, settling: Pick<Settling, 'settlesAt'>): Instant {
  return isTimely(fact, settling) ? fact.at : fact.received
}

/** Whether the vendor vouches for a tie: by its secret key or its signature (RULES F2, S8). */
export function isVouched(tie: NamingFact): boolean {
  return tie.trust === 'secret' || (tie.type !== 'sale' && tie.signed === true)
}

/**
 * Whether the vendor vouches for a tie and did so in time. Settling by an open signup closes nothing here, or
 * a stranger's early one would shut out the signature that comes later (RULES A2, A3).
 */
export function isVouchedInTime(settling: Pick<Settling, 'closesAt'>, tie: NamingFact): boolean {
  return isVouched(tie) && (settling.closesAt === null || tie.received <= settling.closesAt)
}

/** Finds when the customer settles under a policy, and whether it is verified by then (RULES A2, A3). */
export function settle(subjects: Subjects, policy: Policy): Settling {
  const trusted = firstTrustedReceipt(subjects)
  const first = trusted ?? smallest(subjects.openSignups.map((s) => s.received))
  const settlesAt = first === null ? null : addMinutes(first, policy.settleMinutes)
  const closesAt = trusted === null ? null : settlesAt
  const verified =
    subjects.ties.some((tie) => isVouchedInTime({ closesAt }, tie)) ||
    // A signed signup is as good as a tie, whatever it names (docs/attribution.md, 2).
    subjects.openSignups.some((signup) => isVouchedInTime({ closesAt }, signup))
  return { settlesAt, closesAt, verified }
}

/** The standing of a tie, or of an open signup that names a code, under a policy (docs/attribution.md, 1). */
export function standingOf(tie: NamingFact, settling: Settling, policy: Policy): Standing {
  if (tie.trust === 'secret') return 'verified'
  if (isVouched(tie)) return isVouchedInTime(settling, tie) ? 'verified' : 'void'
  if (!isInTime(settling, tie.received)) return 'void'
  return settling.verified || policy.ties === 'verified' ? 'void' : 'open'
}

function firstTrustedReceipt(subjects: Subjects): Instant | null {
  const receipts = subjects.conversions.map((conversion) => conversion.received)
  const tied = new Map<string, Instant>()
  for (const tie of subjects.ties) {
    if (tie.install === undefined || !isVouched(tie)) continue
    const known = tied.get(tie.install)
    if (known === undefined || tie.received < known) tied.set(tie.install, tie.received)
  }
  for (const [install, tiedAt] of tied) {
    for (const { received } of subjects.installs.get(install) ?? []) {
      // The install is a trusted conversion only once the tie is here as well.
      receipts.push(later(received, tiedAt))
    }
  }
  return smallest(receipts)
}

function later(a: Instant, b: Instant): Instant {
  if (a > b) return a
  return b
}

/** The earliest of some instants, or `null` of none. */
export function smallest(instants: readonly Instant[]): Instant | null {
  let first: Instant | null = null
  for (const instant of instants) if (first === null || instant < first) first = instant
  return first
}

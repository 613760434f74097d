import { type EvidenceKind, type Policy, windowDays } from '../policy.ts'
import type { Piece } from './piece.ts'

/** What each kind is called in a sentence. `fixed`: the vendor's word, which knows no window. */
const NAMES: Readonly<Record<EvidenceKind, { noun: string; fixed?: boolean }>> = {
  assigned: { noun: 'assigned by the vendor', fixed: true },
  imported: { noun: 'imported from another system', fixed: true },
  lead: { noun: 'accepted lead' },
  typed: { noun: 'typed code' },
  coupon: { noun: 'coupon' },
  stamp: { noun: 'stamped download' },
  link: { noun: 'link' },
  hint: { noun: 'download name' },
}

/** The sentence that says why the winner is credited, such as "last link within 90 days" (CONTRACT §4.3). */
export function creditReason(
  winner: Piece,
  late: boolean,
  policy: Policy,
  conversion: 'signup' | 'install' = 'signup',
): string {
  const { noun, fixed } = NAMES[winner.kind]
  if (fixed === true) return noun
  if (late) return `${noun} entered within ${days(policy.lateClaimDays)} after the ${conversion}`
  const window = days(windowDays(policy, winner.kind))
  // A lead that stands alone in its rank is always the first: nothing to tell apart.
  return winner.kind === 'lead'
    ? `${noun} within ${window}`
    : `${winner.rank.within} ${noun} within ${window}`
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}

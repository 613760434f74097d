import type { Instant } from './facts.ts'

/** Evidence kinds, strongest first (RULES E1). */
export type EvidenceKind =
  | 'assigned'
  | 'imported'
  | 'lead'
  | 'typed'
  | 'coupon'
  | 'stamp'
  | 'link'
  | 'hint'

/** One version of the program's attribution policy (RULES, head). */
export interface Policy {
  version: number
  /** In force from here on; `null`: from the beginning of time. */
  from: Instant | null
  /** Ranks, strongest first; a rank is one kind or several that count alike. Kinds left out are no evidence. */
  order: readonly (EvidenceKind | readonly EvidenceKind[])[]
  within: 'last' | 'first'
  /** Days before the anchor, per kind; absent: 90, `lead` 180. */
  windowDays: Readonly<Partial<Record<EvidenceKind, number>>>
  lateClaimDays: number
  settleMinutes: number
  ties: 'provisional' | 'verified'
}

/** What holds where the vendor says nothing: explicit first, the last one, 90 days. */
export const DEFAULT_POLICY: Policy = {
  version: 1,
  from: null,
  order: ['assigned', 'imported', 'lead', 'typed', 'coupon', 'stamp', 'link', 'hint'],
  within: 'last',
  windowDays: {},
  lateClaimDays: 30,
  settleMinutes: 60,
  ties: 'provisional',
}

/** Days of a kind's window under a policy (RULES E3). */
export function windowDays(policy: Policy, kind: EvidenceKind): number {
  return policy.windowDays[kind] ?? (kind === 'lead' ? 180 : 90)
}

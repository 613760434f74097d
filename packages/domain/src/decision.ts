import type { Configuration } from './configuration.ts'
import type { Fact, Instant } from './facts.ts'
import type { EvidenceKind } from './policy.ts'

export type CandidateVerdict =
  | 'won'
  | 'outranked'
  | 'outside_window'
  | 'after_anchor'
  | 'self_referral'
  | 'inactive'
  | 'bot'
  | 'framed'
  | 'unverified'
  | 'alias_ended'
  | 'lapsed'
  | 'revoked'

export type Provisional = 'unverified' | 'contested' | 'shared'

export type NoCreditReason = 'assigned_to_nobody' | 'no_conversion' | 'no_evidence' | 'all_struck'

/** One piece of evidence and its fate. */
export interface Candidate {
  /** The fact's id; `<event>#<n>` for a claim of an install. */
  evidence: string
  kind: EvidenceKind
  /** `null` only for an assignment to nobody. */
  partner: string | null
  code: string | null
  /** The time it counted at. */
  at: Instant
  /** `visitor:<id>`, `install:<id>`, or `customer` where a fact named the customer itself. */
  carrier: string
  verdict: CandidateVerdict
}

/** A code that nobody had at that time. */
export interface UnknownCode {
  evidence: string
  code: string
  at: Instant
}

/** The decision about one customer, with all that spoke for and against (docs/attribution.md). */
export interface Decision {
  customer: string
  credited: { partner: string; code: string | null; evidence: string; kind: EvidenceKind } | null
  /** A sentence when credited, else one of {@link NoCreditReason}. */
  reason: string
  provisional: Provisional | null
  verified: boolean
  anchor: Instant | null
  /** When open ties stop to carry; `null` while no conversion is known. */
  settlesAt: Instant | null
  policyVersion: number
  candidates: readonly Candidate[]
  /** Candidates that are counted, not listed (RULES E8). */
  more: number
  /** Per carrier and code the last one. */
  unknownCodes: readonly UnknownCode[]
}

/** The decision about one installation (RULES E9; docs/attribution.md, 8). */
export interface InstallationDecision
  extends Pick<
    Decision,
    'credited' | 'reason' | 'settlesAt' | 'policyVersion' | 'candidates' | 'more' | 'unknownCodes'
  > {
  installation: string
  /** `null` only where no `install` is known. */
  anchor: Instant | null
  /** Somebody else than the credited partner has a claim that could have won, or came too late. */
  contested: boolean
  /** Of the first `install` that came in time, as are `copyOf` and `ephemeral`; `null` where it says nothing. */
  product: string | null
  /** Of the last `install` that names one. */
  version: string | null
  copyOf: string | null
  ephemeral: boolean
  /** The download of the first stamp that could be read. */
  download: string | null
}

/** What the decision about an installation is made from. */
export interface DecideInstallationInput {
  install: string
  /**
   * Its `install`s and `code`s, and the visits and codes of the visitors that its `install`s name; in any order.
   * Facts that do not reach the installation are ignored.
   */
  facts: readonly Fact[]
  config: Configuration
}

/** What a decision is made from. */
export interface DecideInput {
  customer: string
  /**
   * All facts that name the customer, that belong to its visitors and installations, and the leads that may
   * reach it; in any order. Facts that do not reach the customer are ignored.
   */
  facts: readonly Fact[]
  /** Carriers (`visitor:<id>`, `install:<id>`) with more than 20 customers (RULES A4). */
  sharedCarriers: ReadonlySet<string>
  config: Configuration
}

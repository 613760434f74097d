import type {
  AssignFact,
  Claim,
  CodeConfig,
  CodeFact,
  Configuration,
  DecideInput,
  Decision,
  Fact,
  IdentifyFact,
  InstallFact,
  Instant,
  LeadFact,
  PartnerConfig,
  Policy,
  SaleFact,
  SignupFact,
  VisitFact,
} from '../../src/index.ts'
import { DEFAULT_POLICY, decide } from '../../src/index.ts'

/** The customer's trusted conversion in most cases. */
export const ANCHOR = '2026-06-01T12:00:00.000Z'
/** The first version's settling after a conversion received at {@link ANCHOR}. */
export const SETTLED = '2026-06-01T13:00:00.000Z'

/** So many days (and milliseconds) after the anchor; negative: before. */
export function day(days: number, ms = 0): Instant {
  return new Date(Date.parse(ANCHOR) + days * 86_400_000 + ms).toISOString()
}

/** So many minutes (and milliseconds) after the anchor. */
export function minute(minutes: number, ms = 0): Instant {
  return day(0, minutes * 60_000 + ms)
}

type Given<F extends Fact> = Partial<Omit<F, 'id' | 'at' | 'type'>>

/** Facts as stored: received when they happened unless said; secret unless a browser sends them. */
export function visit(id: string, at: Instant, given: Given<VisitFact> = {}): VisitFact {
  const sent = { trust: 'open', received: at, visitor: 'v1', code: 'ANN' } as const
  return { type: 'visit', id, at, ...sent, ...given }
}

export function code(id: string, at: Instant, given: Given<CodeFact> = {}): CodeFact {
  return { type: 'code', id, at, trust: 'open', received: at, code: 'ANN', ...given }
}

export function install(
  id: string,
  at: Instant,
  claims: readonly Claim[],
  given: Given<InstallFact> = {},
): InstallFact {
  const sent = { trust: 'open', received: at, install: 'i1' } as const
  return { type: 'install', id, at, ...sent, claims, ...given }
}

export function identify(id: string, at: Instant, given: Given<IdentifyFact> = {}): IdentifyFact {
  return { type: 'identify', id, at, trust: 'secret', received: at, customer: 'c1', ...given }
}

export function signup(id: string, at: Instant, given: Given<SignupFact> = {}): SignupFact {
  return { type: 'signup', id, at, trust: 'secret', received: at, customer: 'c1', ...given }
}

export function sale(id: string, at: Instant, given: Given<SaleFact> = {}): SaleFact {
  return { type: 'sale', id, at, trust: 'secret', received: at, customer: 'c1', ...given }
}

export function lead(id: string, at: Instant, given: Given<LeadFact> = {}): LeadFact {
  return { type: 'lead', id, at, trust: 'secret', received: at, lead: 'l1', ...given }
}

export function assign(id: string, at: Instant, partner: string | null): AssignFact {
  return { type: 'assign', id, at, trust: 'secret', received: at, customer: 'c1', partner }
}

/** A visit of visitor `v1` the day before the anchor, a trusted sale at it, and what ties to them name. */
export const TOUCH = visit('a', day(-1))
export const SALE = sale('x', ANCHOR)
export const V1 = { visitor: 'v1' }
export const I1 = { install: 'i1' }
export const FLAG = [{ source: 'flag', code: 'ANN' }] as const

/** An open fact, as a browser or a stranger sends it. */
export const OPEN = { trust: 'open' } as const
/** An open fact with a valid signature. */
export const SIGNED = { trust: 'open', signed: true } as const

function partner(id: string, given: Partial<PartnerConfig> = {}): PartnerConfig {
  const statuses = [{ from: null, status: 'active' }] as const
  return { id, name: id, statuses, emailHashes: [`hash:${id}`], ...given }
}

const PARTNERS: readonly PartnerConfig[] = [
  partner('ann'),
  partner('ben'),
  partner('off', { statuses: [{ from: null, status: 'inactive' }] }),
  partner('gone', {
    statuses: [
      { from: null, status: 'active' },
      { from: day(-10), status: 'inactive' },
    ],
  }),
  partner('self', { customer: 'c1', emailHashes: [] }),
]

/** Every code is its partner's name in capitals, but for aliases and one that came later. */
export function configuration(given: Partial<Configuration> = {}): Configuration {
  return {
    partners: new Map(PARTNERS.map((entry) => [entry.id, entry])),
    codes: new Map<string, CodeConfig>([
      ...PARTNERS.map(({ id }) => [id.toUpperCase(), { partner: id, from: null }] as const),
      ['OLDANN', { partner: 'ann', from: null, until: day(-20) }],
      ['NEWANN', { partner: 'ann', from: day(-5) }],
      ['GHOST', { partner: 'nowhere', from: null }],
    ]),
    revokedDownloads: new Map([['d1', day(-3)]]),
    policies: [DEFAULT_POLICY],
    ...given,
  }
}

/** A policy version: the default but for what is given. */
export function policy(given: Partial<Policy> = {}): Policy {
  return { ...DEFAULT_POLICY, ...given }
}

export function input(
  facts: readonly Fact[],
  given: Partial<Configuration> = {},
  shared: readonly string[] = [],
): DecideInput {
  return {
    customer: 'c1',
    facts,
    sharedCarriers: new Set(shared),
    config: configuration(given),
  }
}

/** Decides about `c1` under the default policy, or the one given. */
export function decided(
  facts: readonly Fact[],
  given?: Partial<Policy>,
  shared?: string[],
): Decision {
  return decide(input(facts, { policies: [policy(given)] }, shared))
}

/** Each candidate as `evidence verdict`, as listed. */
export function verdicts(decision: Decision): string[] {
  return decision.candidates.map(({ evidence, verdict }) => `${evidence} ${verdict}`)
}

/** Who is credited by which piece, as `partner by evidence`, else the reason why nobody is. */
export function credit({ credited, reason }: Decision): string {
  return credited === null ? reason : `${credited.partner} by ${credited.evidence}`
}

/** A secret signup at the anchor that ties visitor `v1`. */
export const CONVERSION = signup('s', ANCHOR, { visitor: 'v1' })

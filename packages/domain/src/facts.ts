/**
 * Facts as `decide` reads them: stored events whose effective time, receipt, trust and bot verdict are
 * fixed (RULES F1–F4). Instants are ISO-8601 UTC text of 24 characters, so text order is time order.
 */

/** ISO-8601 UTC with milliseconds, 24 characters. */
export type Instant = string

/** `secret`: secret key, verified webhook, console, import. `open`: anybody can send it (RULES F2). */
export type Trust = 'secret' | 'open'

export type ClaimSource = 'flag' | 'env' | 'config' | 'prompt' | 'stamp' | 'url' | 'filename'

/** One claim of an install event, read: its canonical code, or why there is none. */
export interface Claim {
  source: ClaimSource
  /** Canonical code; `null` when the value holds none (a broken stamp, say). */
  code: string | null
  /** An explicit `none`: the search ends here (RULES E2). */
  none?: boolean
  /** The download that a stamp names. */
  download?: string
}

interface FactBase {
  id: string
  trust: Trust
  /** Effective time (RULES F4). */
  at: Instant
  /** The collector's time at the commit that took it. */
  received: Instant
}

/** What a fact that names a customer may join to it. */
interface TieFields {
  customer: string
  visitor?: string
  install?: string
  /** Keyed hash of the normalised e-mail (RULES E7, F8). */
  emailHash?: string
  /** A signature that was valid and fresh at receipt (RULES S8). */
  signed?: boolean
}

export interface VisitFact extends FactBase {
  type: 'visit'
  visitor: string
  code: string
  frame?: boolean
  bot?: boolean
}

export interface CodeFact extends FactBase {
  type: 'code'
  code: string
  visitor?: string
  install?: string
  customer?: string
  coupon?: boolean
  signed?: boolean
}

export interface InstallFact extends FactBase {
  type: 'install'
  install: string
  visitor?: string
  claims: readonly Claim[]
  product?: string
  version?: string
  /** The installation that this one says it was copied from. */
  parent?: string
  /** Nothing keeps its id (a CI run, say). */
  ephemeral?: boolean
}

export interface IdentifyFact extends FactBase, TieFields {
  type: 'identify'
}

export interface SignupFact extends FactBase, TieFields {
  type: 'signup'
  code?: string
  coupon?: string
}

export interface SaleFact extends FactBase, TieFields {
  type: 'sale'
  code?: string
  coupon?: string
}

export interface LeadFact extends FactBase {
  type: 'lead'
  lead: string
  code?: string
  emailHash?: string
  status?: 'new' | 'accepted' | 'declined'
  customer?: string
}

export interface AssignFact extends FactBase {
  type: 'assign'
  customer: string
  partner: string | null
}

/** A stored fact that can matter to a decision. `refund` and `cancel` matter to money only. */
export type Fact =
  | VisitFact
  | CodeFact
  | InstallFact
  | IdentifyFact
  | SignupFact
  | SaleFact
  | LeadFact
  | AssignFact

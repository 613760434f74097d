import { isActiveAt, type PartnerConfig } from '../configuration.ts'
import type { CandidateVerdict } from '../decision.ts'
import type { Instant } from '../facts.ts'
import { type EvidenceKind, windowDays } from '../policy.ts'
import { addDays } from '../time.ts'
import type { Carrier } from './carriers.ts'
import type { Scene } from './evidence.ts'
import type { Piece } from './piece.ts'

/** What a piece is by itself, before it meets the others. `late`: after the anchor, but within the late claim. */
export type Judgement = Exclude<CandidateVerdict, 'won' | 'outranked'> | 'eligible' | 'late'

/** Makes the judge of one decision: it gives each piece the first verdict that applies (docs/attribution.md, 4). */
export function createJudge(scene: Scene): (piece: Piece) => Judgement {
  const { subjects, anchors, policy, config } = scene
  const selves = new Map<Carrier, Map<string, boolean>>()
  const windows = new Map<Instant, Map<EvidenceKind, Instant>>()
  const lateUntil = anchors.trusted === null ? null : addDays(anchors.trusted, policy.lateClaimDays)

  function isSelf(partner: PartnerConfig, carrier: Carrier): boolean {
    const known = selves.get(carrier)?.get(partner.id)
    if (known !== undefined) return known
    const self = isSelfReferral(partner, carrier, subjects.customer, subjects.trustedEmail)
    const ofCarrier = selves.get(carrier) ?? new Map<string, boolean>()
    selves.set(carrier, ofCarrier.set(partner.id, self))
    return self
  }

  function windowStart(piece: Piece, limit: Instant): Instant {
    const known = windows.get(limit)?.get(piece.kind)
    if (known !== undefined) return known
    const start = addDays(limit, -windowDays(policy, piece.kind))
    const ofLimit = windows.get(limit) ?? new Map<EvidenceKind, Instant>()
    windows.set(limit, ofLimit.set(piece.kind, start))
    return start
  }

  function beside(piece: Piece, limit: Instant): Judgement {
    if (piece.at > limit) {
      if (!piece.mayBeLate || piece.carrier.standing !== 'verified' || lateUntil === null) {
        return 'after_anchor'
      }
      return piece.at > lateUntil ? 'lapsed' : 'late'
    }
    return piece.at < windowStart(piece, limit) ? 'outside_window' : 'eligible'
  }

  return (piece) => {
    const { carrier } = piece
    if (carrier.standing === 'void') return 'unverified'
    if (piece.flaw !== null) return piece.flaw
    // The vendor's own word knows neither limit nor window (RULES E3).
    const limit = piece.kind === 'assigned' ? null : carrier.limit
    if (piece.partner !== null) {
      const partner = config.partners.get(piece.partner)
      if (partner !== undefined && isSelf(partner, carrier)) return 'self_referral'
      if (partner === undefined || !isActiveAt(partner, piece.at)) return 'inactive'
      if (limit !== null && !isActiveAt(partner, limit)) return 'inactive'
    }
    return limit === null ? 'eligible' : beside(piece, limit)
  }
}

/** Whether the customer is the partner itself, by its account or by an e-mail (RULES E7). */
function isSelfReferral(
  partner: PartnerConfig,
  carrier: Carrier,
  customer: string | null,
  trustedEmail: string | null,
): boolean {
  if (customer !== null && partner.customer === customer) return true
  return partner.emailHashes.some(
    (hash) =>
      hash === trustedEmail ||
      carrier.openEmails.has(hash) ||
      carrier.through.some((installation) => installation.openEmails.has(hash)),
  )
}

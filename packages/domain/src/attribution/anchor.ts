import type { Instant } from '../facts.ts'
import type { Policy } from '../policy.ts'
import type { Subjects } from './subjects.ts'
import { isTimely, isVouchedInTime, type Settling, settle, smallest, standingOf } from './ties.ts'

/** The moments as of which credit is decided (RULES A1). */
export interface Anchors {
  trusted: Instant | null
  /** The trusted anchor, else that of open signups alone. */
  shown: Instant | null
}

/** Finds the customer's anchors under a policy (RULES A1; docs/attribution.md, 2). */
export function findAnchors(subjects: Subjects, settling: Settling, policy: Policy): Anchors {
  const trusted = trustedAnchor(subjects, settling)
  if (trusted !== null) return { trusted, shown: trusted }
  const open = subjects.openSignups.filter((s) => standingOf(s, settling, policy) === 'open')
  return { trusted, shown: smallest(open.map((signup) => signup.at)) }
}

function trustedAnchor(subjects: Subjects, settling: Settling): Instant | null {
  const times = subjects.conversions.map((conversion) => conversion.at)
  const installs = new Set<string>()
  for (const tie of subjects.ties) {
    if (tie.install === undefined || !isVouchedInTime(settling, tie)) continue
    installs.add(tie.install)
  }
  for (const install of installs) {
    for (const fact of subjects.installs.get(install) ?? []) {
      if (isTimely(fact, settling)) times.push(fact.at)
    }
  }
  return smallest(times)
}

/**
 * The policy version in force for a customer (RULES A6).
 *
 * The anchor is found as if the version allowed open ties. Otherwise a version that drops them would find
 * no anchor for a customer known by open facts alone, and could never come into force for it.
 */
export function policyInForce(subjects: Subjects, policies: readonly Policy[]): Policy {
  return versionInForce(policies, (version) => {
    const policy: Policy = { ...version, ties: 'provisional' }
    return findAnchors(subjects, settle(subjects, policy), policy).shown
  })
}

/**
 * The highest version whose `from` is not after the anchor found under it; without any anchor the highest, and the
 * lowest where an anchor lies before every `from` (RULES A6).
 */
export function versionInForce(
  policies: readonly Policy[],
  anchorUnder: (version: Policy) => Instant | null,
): Policy {
  const versions = [...policies].sort((a, b) => b.version - a.version)
  const [highest] = versions
  if (highest === undefined) throw new RangeError('no policy version given')
  let lowest = highest
  let anchored = false
  for (const version of versions) {
    lowest = version
    const anchor = anchorUnder(version)
    if (anchor === null) continue
    if (version.from === null || version.from <= anchor) return version
    anchored = true
  }
  return anchored ? lowest : highest
}

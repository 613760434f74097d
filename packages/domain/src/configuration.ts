import type { Instant } from './facts.ts'
import type { Policy } from './policy.ts'

/** A partner's status over time; before the first change the partner is not active. */
export interface StatusChange {
  /** `null`: from the beginning of time (RULES F5). */
  from: Instant | null
  status: 'active' | 'inactive'
}

export interface PartnerConfig {
  id: string
  name: string
  /** In order of `from`; of two with one `from` the later entry holds. */
  statuses: readonly StatusChange[]
  /** Keyed hashes of every e-mail the partner has or had, normalised (RULES E7). */
  emailHashes: readonly string[]
  /** The partner's own customer account at the vendor. */
  customer?: string
}

export interface CodeConfig {
  partner: string
  /** `null`: from the beginning of time; else the code is unknown before. */
  from: Instant | null
  /** An alias of an old system: the last moment at which it tracks. */
  until?: Instant
}

/** The program's dated configuration, as far as credit reads it. Append-only, so a decision can be repeated. */
export interface Configuration {
  partners: ReadonlyMap<string, PartnerConfig>
  /** By canonical code; aliases included. */
  codes: ReadonlyMap<string, CodeConfig>
  /** Revoked downloads, with the moment of the revocation. */
  revokedDownloads: ReadonlyMap<string, Instant>
  /** At least one; version 1 has `from: null`. */
  policies: readonly Policy[]
}

/**
 * What is in force at a moment: the entry with the latest `from` not after it; of two with one `from` the later
 * put (RULES F5, M6).
 *
 * @param entries In the order they were put.
 */
export function inForce<Entry extends { from: Instant | null }>(
  entries: readonly Entry[],
  at: Instant,
): Entry | undefined {
  let found: Entry | undefined
  for (const entry of entries) {
    if (entry.from !== null && entry.from > at) continue
    if (!found || (entry.from ?? '') >= (found.from ?? '')) found = entry
  }
  return found
}

/** Whether a partner is active at a moment; before its first status it is not (RULES E6, F5, M12). */
export function isActiveAt({ statuses }: Pick<PartnerConfig, 'statuses'>, at: Instant): boolean {
  return inForce(statuses, at)?.status === 'active'
}

/** The partner that a code names at a moment, or `undefined` (RULES F5). */
export function codeAt(config: Configuration, code: string, at: Instant): CodeConfig | undefined {
  const found = config.codes.get(code)
  return found && (found.from === null || found.from <= at) ? found : undefined
}

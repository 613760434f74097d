/** What the customers that a partner sends are offered (CONTRACT §4.4). */
import { inForce, isActiveAt, type Offer } from '@sentby/domain'
import type { ProgramConfig } from '../program-config.ts'
import { groupAt } from './load-scene.ts'

/** An offer with the version of the terms that makes it. */
export interface OfferInForce {
  offer: Offer
  terms: { group: string; version: number; hash: string }
}

/** By the terms of a program, which are made anew with every change. */
const known = new WeakMap<ProgramConfig['terms'], boolean>()

/** Whether any terms of the program hold an offer; where none do, nothing of offers is read. */
export function hasOffers({ terms }: Pick<ProgramConfig, 'terms'>): boolean {
  let has = known.get(terms)
  if (has === undefined) {
    has = [...terms.values()].some((versions) => versions.some((one) => one.terms.offer))
    known.set(terms, has)
  }
  return has
}

/**
 * The offer of the terms in force at a moment for the group that a partner is in then; nothing where the partner is not
 * active or the terms offer nothing.
 */
export function offerOf(
  program: ProgramConfig,
  partner: string,
  at: string,
): OfferInForce | undefined {
  if (!hasOffers(program)) return undefined
  const config = program.domain.partners.get(partner)
  if (!config || !isActiveAt(config, at)) return undefined
  const group = groupAt(program, partner, at)
  if (group === undefined) return undefined
  const version = inForce(program.terms.get(group) ?? [], at)
  const offer = version?.terms.offer
  if (!version || !offer) return undefined
  return { offer, terms: { group, version: version.version, hash: version.hash } }
}

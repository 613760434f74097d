/** What happened, event by event, and what the decision made of each. */
import { KINDS, VERDICTS } from './credit-words.mjs'
import { priceText } from './plans.mjs'

/** @typedef {{ at: string, title: string, detail: string, badge?: string, look?: string, id: string }} Step */

/** The credit is decided as of the first of these. */
const CONVERSIONS = ['signup', 'sale']

/**
 * @param {object} sources
 * @param {object[]} sources.stored events out of the collector's log
 * @param {object[]} sources.untold events that the collector has not taken yet
 * @param {object | null | undefined} sources.credit the decision
 * @param {(partner: string) => string | undefined} sources.nameOf
 * @returns {Step[]} the earliest first
 */
export function stepsOf({ stored, untold, credit, nameOf }) {
  const verdicts = new Map(credit?.candidates.map((one) => [eventOf(one), one]))
  const known = new Set(stored.map(({ id }) => id))
  return [
    ...stored.map((event) => storedStep(event, verdicts.get(event.id), credit, nameOf)),
    ...untold.filter(({ id }) => !known.has(id)).map(untoldStep),
    ...[...verdicts].filter(([id]) => !known.has(id)).map(([, one]) => candidateStep(one, nameOf)),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

/** A claim of an install is `<event>#<n>`. */
const eventOf = ({ evidence }) => evidence.split('#')[0]

function storedStep(event, candidate, credit, nameOf) {
  const { id, at } = event
  const title = titleOf(event, candidate && nameOf(candidate.partner))
  if (candidate) return { id, at, title, ...verdictOf(candidate) }
  if (CONVERSIONS.includes(event.type)) return { id, at, title, ...conversionOf(event, credit) }
  return { id, at, title, ...openVerdict(event, credit) }
}

function titleOf({ type, content }, partner) {
  const whose = partner ? `of ${partner}` : (content.code ?? '')
  switch (type) {
    case 'visit':
      return `Followed the link ${whose}`
    case 'code':
      return `Typed the code ${whose}`
    case 'signup':
      return content.code ? `Signed up with the code ${whose}` : 'Signed up for an account'
    case 'sale':
      return `Paid ${priceText(content.amount)}`
    default:
      return `Event: ${type}`
  }
}

function verdictOf({ verdict }) {
  const [badge, look, detail] = VERDICTS[verdict] ?? [verdict, 'calm', '']
  return { badge, look, detail }
}

function conversionOf({ type, at, content, verdict }, credit) {
  const what = type === 'sale' ? `Order ${content.order}, told` : 'Told'
  const unknown = verdict?.status === 'unknown_code' ? ' No partner has this code.' : ''
  const detail = `${what} by the shop’s backend.${unknown}`
  return credit?.anchor === at ? { detail, badge: 'Decides', look: 'anchor' } : { detail }
}

/** An event that is no candidate, or not yet: what the collector said when it came. */
function openVerdict({ verdict }, credit) {
  if (verdict?.status === 'unknown_code') {
    return { detail: 'No partner has this code.', badge: 'Unknown', look: 'calm' }
  }
  if (verdict?.status === 'not_creditable' && VERDICTS[verdict.reason]) {
    return verdictOf({ verdict: verdict.reason })
  }
  return {
    detail: credit
      ? 'Stored. Another of the same partner stands for it.'
      : 'Stored. It counts when this browser’s visitor becomes a customer.',
  }
}

function candidateStep(candidate, nameOf) {
  const { evidence: id, at, kind, partner } = candidate
  const of = partner ? ` of ${nameOf(partner)}` : ''
  return { id, at, title: `${KINDS[kind] ?? kind}${of}`, ...verdictOf(candidate) }
}

function untoldStep({ id, at, type, content, outcome }) {
  const detail =
    outcome === 'failed'
      ? 'The collector did not take it.'
      : 'The collector does not answer; the shop tells it again by itself.'
  return { id, at, title: titleOf({ type, content }), detail, badge: 'Waiting', look: 'calm' }
}

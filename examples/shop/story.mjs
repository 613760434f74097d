/** Puts together what the credit page tells about this browser's customer. */
import { NO_CREDIT, PROVISIONAL } from './credit-words.mjs'
import { stepsOf } from './steps.mjs'

/**
 * @typedef {{ headline: string, because: string, look: 'good' | 'calm' | 'bad',
 *   steps: import('./steps.mjs').Step[], facts: [string, string][], answer?: unknown }} Story
 */

/**
 * @param {object} sources
 * @param {ReturnType<import('./partner-program.mjs').createPartnerProgram>} sources.partners
 * @param {ReturnType<import('./credit-reader.mjs').createCreditReader>} sources.reader
 * @param {string | undefined} customer
 * @param {string | undefined} cookieHeader
 * @returns {Promise<Story>}
 */
export async function tellStory({ partners, reader }, customer, cookieHeader) {
  const came = partners.cameWith(cookieHeader)
  const credit = customer && (await reader.credit(customer))
  const stored = await reader.events(customer, came?.visitor)
  const untold = customer ? partners.untold(customer) : []
  const steps = stepsOf({ stored, untold, credit, nameOf: await namesIn(credit, reader) })
  if (!customer) return { ...beforeSignup(came), steps, facts: [] }
  if (!credit) return { ...withoutAnswer(credit), steps, facts: [] }
  return { ...decided(credit), steps, facts: factsOf(credit), answer: credit }
}

function beforeSignup(came) {
  const because = came?.code
    ? `This browser remembers the code ${came.code}. Sign up, and the collector decides.`
    : 'This browser remembers no partner. Follow a partner’s link, or sign up as you are.'
  return { headline: 'Not a customer yet', because, look: 'calm' }
}

function withoutAnswer(credit) {
  if (credit === null) {
    const because = 'The collector has not heard of this customer yet.'
    return { headline: 'On its way', because, look: 'calm' }
  }
  const because =
    'The collector does not answer just now. Nothing is lost: the shop tells it later.'
  return { headline: 'No answer', because, look: 'bad' }
}

function decided({ credited, provisional, reason }) {
  if (!credited) {
    const because = NO_CREDIT[reason] ?? `${reason}.`
    return { headline: 'Nobody gets the credit', because, look: 'calm' }
  }
  const doubt = provisional && (PROVISIONAL[provisional] ?? `Provisional: ${provisional}.`)
  return {
    headline: `${credited.partner.name} gets the credit`,
    because: `Because of the ${reason}.${doubt ? ` ${doubt}` : ''}`,
    look: 'good',
  }
}

function factsOf({ customer, credited, anchor, provisional, policy, candidates }) {
  return [
    ['Customer', customer],
    ['Credited', credited?.partner.name ?? 'nobody'],
    ['Code', credited?.code ?? 'none'],
    ['Evidence', credited?.evidence ?? 'none'],
    ['Decided as of', anchor ?? 'no conversion yet'],
    ['Provisional', provisional ?? 'no'],
    ['Policy', `version ${policy.version}`],
    ['Candidates', String(candidates.length)],
  ]
}

/** Partners' names by id, and by the codes that they are known under. */
async function namesIn(credit, reader) {
  const names = new Map()
  for (const { partner } of credit?.candidates ?? []) {
    if (partner && !names.has(partner)) names.set(partner, await reader.partnerName(partner))
  }
  return (id) => names.get(id)
}

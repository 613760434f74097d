/** Puts together what the credit page tells about this browser's customer. */
import { KINDS, NO_CREDIT, PROVISIONAL, UNKNOWN_CODE, VERDICTS } from './credit-words.mjs'
import { priceText } from './plans.mjs'

/**
 * @typedef {{ at: string, title: string, detail?: string, badge?: string, look?: string, id?: string }} Step
 * @typedef {{ headline: string, because: string, look: 'good' | 'calm' | 'bad', steps: Step[],
 *   facts: [string, string][], answer?: unknown }} Story
 */

/**
 * @param {ReturnType<import('./partner-program.mjs').createPartnerProgram>} partners
 * @param {string | undefined} customer
 * @param {string | undefined} cookieHeader
 * @returns {Promise<Story>}
 */
export async function tellStory(partners, customer, cookieHeader) {
  const came = partners.cameWith(cookieHeader)
  if (!customer) return beforeSignup(came)
  const told = partners.told(customer)
  const credit = await partners.credit(customer)
  const steps = told.flatMap(toldSteps)
  if (!credit) return { ...withoutAnswer(credit), steps: inOrder([...touches(came), ...steps]) }
  const nameOf = await namesIn(credit, partners)
  return {
    ...decided(credit),
    steps: inOrder([
      ...credit.candidates.map((candidate) => candidateStep(candidate, nameOf)),
      ...unknownCodes(credit, told),
      ...steps.map((step) => ({ ...step, ...(isAnchor(step, credit) ? ANCHOR : {}) })),
    ]),
    facts: factsOf(credit, customer),
    answer: credit,
  }
}

const ANCHOR = { badge: 'Decides', look: 'anchor' }

/** The credit is decided as of the first conversion. */
function isAnchor(step, { anchor }) {
  return step.isConversion && Math.abs(Date.parse(step.at) - Date.parse(anchor)) < 5000
}

function beforeSignup(came) {
  const steps = touches(came)
  return {
    headline: 'Not a customer yet',
    because: came?.code
      ? 'This browser remembers a partner. Sign up, and the collector decides.'
      : 'This browser remembers no partner. Follow a partner’s link, or sign up as you are.',
    look: 'calm',
    steps,
    facts: [],
  }
}

function withoutAnswer(credit) {
  return credit === null
    ? {
        headline: 'On its way',
        because: 'The collector has not heard of this customer yet.',
        look: 'calm',
        facts: [],
      }
    : {
        headline: 'No answer',
        because:
          'The collector does not answer just now. Nothing is lost: the shop tells it later.',
        look: 'bad',
        facts: [],
      }
}

function decided(credit) {
  const { credited, provisional, reason } = credit
  if (!credited) {
    const because = NO_CREDIT[reason] ?? reason
    return { headline: 'Nobody gets the credit', because, look: 'calm' }
  }
  const sentence = `Because of the ${reason}.`
  const doubt = provisional && (PROVISIONAL[provisional] ?? `Provisional: ${provisional}.`)
  return {
    headline: `${credited.partner.name} gets the credit`,
    because: doubt ? `${sentence} ${doubt}` : sentence,
    look: 'good',
  }
}

/** What the script's cookie remembers: the first and the last touch. */
function touches(came) {
  const known = [came?.first, came?.last].filter(Boolean)
  return known
    .filter(({ at }, n) => known.findIndex((other) => other.at === at) === n)
    .map(({ at, code, source }) => ({
      at,
      title: `${KINDS[source] ?? source} ${code}`,
      detail: 'Remembered by this browser.',
    }))
}

function candidateStep(candidate, nameOf) {
  const { at, kind, partner, evidence, verdict } = candidate
  const [badge, look, detail] = VERDICTS[verdict] ?? [verdict, 'calm', '']
  const of = partner ? ` of ${nameOf(partner)}` : ''
  return { at, title: `${KINDS[kind] ?? kind}${of}`, detail, badge, look, id: evidence }
}

function toldSteps({ type, at, outcome, amount, order }) {
  const what =
    type === 'sale' ? `Paid ${priceText(amount)}, order ${order}` : 'Signed up for an account'
  const became =
    {
      stored: 'Told by the shop’s backend and stored.',
      duplicate: 'Told by the shop’s backend and stored.',
      waiting: 'The collector did not answer; the shop tells it again by itself.',
      failed: 'The collector refused it.',
    }[outcome] ?? `Told by the shop’s backend: ${outcome}.`
  return { at, title: what, detail: became, isConversion: true }
}

/** Codes that nobody has: listed by the collector, or answered to the shop at the signup. */
function unknownCodes(credit, told) {
  const listed = credit.unknownCodes ?? []
  const answered = told
    .filter(({ verdict }) => verdict?.status === 'unknown_code')
    .map(({ at, code, id }) => ({ at, code, evidence: id }))
  const all = [...listed, ...answered]
  return all
    .filter(({ code }, n) => all.findIndex((other) => other.code === code) === n)
    .map(({ at, code, evidence }) => ({
      at,
      title: `Typed the code ${code}`,
      detail: UNKNOWN_CODE,
      badge: 'Unknown',
      look: 'calm',
      id: evidence,
    }))
}

function factsOf(credit, customer) {
  const { credited, anchor, policy, candidates } = credit
  return [
    ['Customer', customer],
    [
      'Credited',
      credited
        ? `${credited.partner.name}${credited.code ? `, code ${credited.code}` : ''}`
        : 'nobody',
    ],
    ['Evidence', credited?.evidence ?? 'none'],
    ['Decided as of', anchor ?? 'no conversion yet'],
    ['Provisional', credit.provisional ?? 'no'],
    ['Policy', `version ${policy?.version ?? '?'}`],
    ['Candidates', String(candidates.length)],
  ]
}

async function namesIn({ credited, candidates }, partners) {
  const names = new Map(credited ? [[credited.partner.id, credited.partner.name]] : [])
  for (const { partner } of candidates) {
    if (partner && !names.has(partner)) names.set(partner, await partners.partnerName(partner))
  }
  return (id) => names.get(id)
}

function inOrder(steps) {
  return [...steps].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

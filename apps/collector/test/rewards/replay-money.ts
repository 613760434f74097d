/** The same deeds in another program; what was told between two decisions comes in another order and in fewer commits. */
import { type Books, MoneyProgram } from './money-program.ts'
import { act, type FactsDeed, START_MS, type Telling } from './tell-money.ts'

/** @returns the other program, and what each deed but the telling of facts came to. */
export async function replay({ program, story, deeds, nowMs }: Telling) {
  const dated = story.terms.map((one) => ({ ...one, from: null }))
  const { services } = program
  const other = await MoneyProgram.open(services, dated, START_MS, story.zone)
  const outcomes: string[] = []
  const waiting: FactsDeed[] = []
  const heard = new Set<string>()
  for (const deed of deeds) {
    if (deed.do === 'facts') {
      waiting.push(...heardFirst(deed, heard))
      continue
    }
    for (const told of turned(waiting.splice(0))) await act(other, told)
    outcomes.push(await act(other, deed))
  }
  for (const told of turned(waiting)) await act(other, told)
  other.at(nowMs)
  return { program: other, outcomes }
}

/** When something was first heard can matter to the credit, so its first hearing is the first here too. */
function heardFirst(deed: FactsDeed, heard: Set<string>): FactsDeed[] {
  const facts = deed.facts.filter(({ event }) => !heard.has(event.id))
  for (const { event } of facts) heard.add(event.id)
  return facts.length > 0 ? [{ ...deed, facts }] : []
}

/** The other way round; what was heard at one time in one commit. */
function turned(deeds: readonly FactsDeed[]): FactsDeed[] {
  const commits = new Map<number, FactsDeed>()
  for (const deed of deeds.toReversed()) {
    const known = commits.get(deed.nowMs)
    commits.set(deed.nowMs, known ? { ...known, facts: [...known.facts, ...deed.facts] } : deed)
  }
  return [...commits.values()]
}

/** How the books of a program stand, without its own ids and dates. */
export function standing({ partners }: MoneyProgram, books: Books) {
  const mains = books.rewards.filter(
    ({ reverses, status, review_status }) =>
      reverses === null && (status !== 'declined' || review_status !== null),
  )
  return {
    rewards: mains
      .map((main) => ({
        partner: partners.indexOf(main.partner_id),
        ...{ key: main.trigger_key, status: main.status, reason: main.reason },
        ...worthOf(main),
        reversed: sumOf(books, main.id, 'reversal'),
        corrected: sumOf(books, main.id, 'correction'),
        proposed: books.proposals.find(({ reward_id }) => reward_id === main.id)?.changes ?? null,
      }))
      .sort((a, b) => (`${a.partner} ${a.key}` < `${b.partner} ${b.key}` ? -1 : 1)),
    balances: books.balances
      .filter(({ amount }) => amount !== 0)
      .map(({ partner, kind, currency, account, amount }) => {
        return `${partners.indexOf(partner)} ${account} ${amount} ${currency} ${kind}`
      })
      .sort(),
    payouts: books.payouts
      .map(({ partner_id, kind, currency, amount, status }) => {
        return `${partners.indexOf(partner_id)} ${status} ${amount} ${currency} ${kind}`
      })
      .sort(),
  }
}

/** Where nothing is due any more and nobody declined it, a reward shows what it was worth last: that is past. */
function worthOf(main: Books['rewards'][number]): object {
  if (main.status === 'declined' && main.review_status !== 'declined') return {}
  const { amount, currency, kind, tier, exact, explanation, earned_at: earnedAt } = main
  return { amount, currency, kind, tier, exact, explanation, earnedAt }
}

function sumOf({ rewards }: Books, id: string, entry: 'reversal' | 'correction'): number {
  return rewards
    .filter((row) => row.reverses === id && row.entry === entry && row.status !== 'declined')
    .reduce((sum, { amount }) => sum + amount, 0)
}

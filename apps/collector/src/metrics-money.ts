/** Gauges of the money in the database; every collector on it tells the same. */
import { PAYOUT_STATUSES } from '@sentby/contract'
import { type MoneyFigures, moneyFigures, type Store, WAITING_STATUSES } from '@sentby/store'
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from './services/clock.ts'
import type { Directory } from './services/directory.ts'

/** How long figures stand before they are read again, however often they are asked for. */
const READ_EVERY_MS = 30_000
/** A database that is slower than this is left out of the page. */
const WAIT_MS = 1000

interface MoneySources {
  store: Pick<Store, 'db'>
  directory: Pick<Directory, 'programs'>
  clock: Clock
}

interface Sums extends Pick<MoneyFigures, 'openProposals' | 'reversals'> {
  rewards: Map<string, number>
  payouts: Map<string, number>
  balances: MoneyFigures['balances']
  oldestUnreviewed: string | null
}

/** Adds the gauges to a registry; nothing is read until somebody asks, and programs without terms cost nothing. */
export function addMoneyGauges(registry: Registry, sources: MoneySources): void {
  const read = keepFor(sources.clock, () => readSums(sources))
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    fill: (gauge: Gauge<Label>, sums: Sums) => void,
  ) =>
    new Gauge<Label>({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const sums = await read()
        // What is not known is not told: an old figure would look like a new one.
        this.reset()
        if (sums) fill(this, sums)
        else if (labelNames.length === 0) this.remove()
      },
    })
  const byStatus = (name: string, help: string, pick: (sums: Sums) => Map<string, number>) =>
    gauge(name, help, ['status'], (own, sums) => {
      for (const [status, count] of pick(sums)) own.set({ status }, count)
    })
  const one = (name: string, help: string, pick: (sums: Sums) => number) =>
    gauge(name, help, [], (own, sums) => own.set(pick(sums)))

  byStatus(
    'sentby_rewards_current',
    'Rewards, reversals and corrections that wait, by status',
    ({ rewards }) => rewards,
  )
  byStatus('sentby_payouts_current', 'Payouts by status', ({ payouts }) => payouts)
  one(
    'sentby_reward_reversals_current',
    'What was taken back of rewards, or corrected',
    ({ reversals }) => reversals,
  )
  one(
    'sentby_rewards_unreviewed',
    'Rewards that nobody has reviewed',
    ({ rewards }) => (rewards.get('new') ?? 0) + (rewards.get('on_hold') ?? 0),
  )
  one(
    'sentby_rewards_unreviewed_oldest_age_seconds',
    'How long the oldest of them waits',
    ({ oldestUnreviewed: oldest }) =>
      oldest === null ? 0 : Math.max(0, sources.clock.now() - Date.parse(oldest)) / 1000,
  )
  one('sentby_proposals_open', 'Proposals to be decided', ({ openProposals }) => openProposals)
  gauge(
    'sentby_ledger_balance_minor_units',
    'What all partners have together, by where it stands',
    ['account', 'kind', 'currency'],
    (own, { balances }) => {
      for (const { amount, ...labels } of balances) own.inc(labels, amount)
    },
  )
}

/** The same answer for a while, one read at a time; `undefined` where it fails or takes too long. */
function keepFor<Value>(
  clock: Clock,
  read: () => Promise<Value>,
): () => Promise<Value | undefined> {
  let kept: { value: Promise<Value | undefined>; until: number } | undefined
  return () => {
    if (!kept || clock.now() >= kept.until) {
      const reading = { value: read().catch(() => undefined), until: Number.POSITIVE_INFINITY }
      kept = reading
      void reading.value.then((value) => {
        reading.until = value === undefined ? 0 : clock.now() + READ_EVERY_MS
      })
    }
    return Promise.race([kept.value, after(WAIT_MS)])
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref())
}

async function readSums({ store, directory }: MoneySources): Promise<Sums> {
  const sums: Sums = {
    rewards: new Map<string, number>(WAITING_STATUSES.map((status) => [status, 0])),
    payouts: new Map<string, number>(PAYOUT_STATUSES.map((status) => [status, 0])),
    ...{ reversals: 0, openProposals: 0 },
    ...{ balances: [], oldestUnreviewed: null },
  }
  for (const { row, terms } of [...directory.programs()]) {
    if (terms.size === 0) continue
    const one = await moneyFigures(store.db, row.id)
    for (const { status, count } of one.rewards) add(sums.rewards, status, count)
    for (const { status, count } of one.payouts) add(sums.payouts, status, count)
    sums.reversals += one.reversals
    sums.openProposals += one.openProposals
    sums.balances.push(...one.balances)
    const oldest = one.oldestUnreviewed
    if (oldest !== null && (sums.oldestUnreviewed === null || oldest < sums.oldestUnreviewed)) {
      sums.oldestUnreviewed = oldest
    }
  }
  return sums
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}

/**
 * What strangers may spend (RULES S1, S2): requests a minute, misses, open events a day, events set aside a day. Counted in memory by each collector; a limit is hygiene, not the wall.
 */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from './refusal.ts'
import { type Subject, SubjectBudget } from './subject-budget.ts'

const DAY_SECONDS = 24 * 60 * 60

/** Every limit with its numbers; tests stand at them and one past them. */
export const RATES = {
  /** Requests with a publishable key, per key and network. */
  openRequests: { points: 1200, duration: 60 },
  /** Questions about a code, per key and network. */
  codeQuestions: { points: 120, duration: 60 },
  /** Answers `unknown_code`, on all routes together, per key and network (RULES S2). */
  misses: { points: 20, duration: 600 },
  /** Open events a day, per program. */
  openEventsOfProgram: { points: 2_000_000, duration: DAY_SECONDS },
  /** Open events a day, per program and network. */
  openEventsOfNetwork: { points: 50_000, duration: DAY_SECONDS },
  /** Open facts a day that name one visitor or installation. */
  openFactsOfCarrier: { points: 100, duration: DAY_SECONDS },
  /** Open facts a day that name one customer. */
  openFactsOfCustomer: { points: 500, duration: DAY_SECONDS },
  /** Refused and contradicted events kept a day, per program, sent with publishable keys. */
  openSetAside: { points: 2_000, duration: DAY_SECONDS },
  /** Refused and contradicted events kept a day, per program, sent with secret keys. */
  secretSetAside: { points: 20_000, duration: DAY_SECONDS },
  /** Stamped downloads a day that are stored, per program. */
  downloadsOfProgram: { points: 500_000, duration: DAY_SECONDS },
  /** Stamped downloads a day that are stored, per program and network. */
  downloadsOfNetwork: { points: 2_000, duration: DAY_SECONDS },
  /** Deliveries that make us ask PayPal, per network. */
  wakes: { points: 600, duration: 60 },
} as const

export interface Limits {
  /** @throws Refusal `rate_limited` past the requests of a publishable key and network. */
  takeOpenRequest(keyId: string, network: string): Promise<void>
  /** @throws Refusal `rate_limited` past the questions about codes. */
  takeCodeQuestion(keyId: string, network: string): Promise<void>
  /** @throws Refusal `budget_spent` past the day's open events. */
  takeOpenEvents(programId: string, network: string, events: number): Promise<void>
  /** @throws Refusal `budget_spent` when a visitor, installation or customer has been named too often today. */
  takeSubjects(programId: string, named: Named, nowMs: number): Promise<void>
  /** Counts misses; returns how many answers `unknown_code` were left before them (RULES S2). */
  takeMisses(keyId: string, network: string, misses: number): Promise<number>
  /** How many events may still be set aside today. */
  setAsideLeft(programId: string, kind: 'publishable' | 'secret'): Promise<number>
  /** Takes places for events to be set aside; returns how many there are. */
  takeSetAside(programId: string, kind: 'publishable' | 'secret', events: number): Promise<number>
  /** Takes the place of a download to be stored; `false` past the day's budget: nobody is refused a download. */
  takeDownload(programId: string, network: string): Promise<boolean>
  /** `false` past the deliveries that may make us ask a provider of payments. */
  takeWake(network: string): Promise<boolean>
}

/** Whom the open facts of a request name, once for each fact. */
export interface Named {
  visitors: readonly string[]
  installs: readonly string[]
  customers: readonly string[]
}

/** @param rates other numbers, for tests. */
export function createLimits(
  rates: Partial<Record<keyof typeof RATES, { points: number; duration: number }>> = {},
): Limits {
  const rateOf = (name: keyof typeof RATES) => ({ ...RATES[name], ...rates[name] })
  const limiter = (name: keyof typeof RATES) =>
    new RateLimiterMemory({ keyPrefix: name, ...rateOf(name) })
  const openRequests = limiter('openRequests')
  const codeQuestions = limiter('codeQuestions')
  const misses = limiter('misses')
  const ofProgram = limiter('openEventsOfProgram')
  const ofNetwork = limiter('openEventsOfNetwork')
  const asideOf = { publishable: limiter('openSetAside'), secret: limiter('secretSetAside') }
  const downloadsOfProgram = limiter('downloadsOfProgram')
  const downloadsOfNetwork = limiter('downloadsOfNetwork')
  const wakes = limiter('wakes')
  const subjects = new SubjectBudget()
  const ofCarrier = rateOf('openFactsOfCarrier').points
  const ofCustomer = rateOf('openFactsOfCustomer').points
  return {
    takeOpenRequest: (keyId, network) =>
      take(openRequests, `${keyId} ${network}`, 1, 'rate_limited'),
    takeCodeQuestion: (keyId, network) =>
      take(codeQuestions, `${keyId} ${network}`, 1, 'rate_limited'),
    async takeOpenEvents(programId, network, events) {
      await take(ofNetwork, `${programId} ${network}`, events, 'budget_spent')
      await take(ofProgram, programId, events, 'budget_spent')
    },
    async takeSubjects(programId, named, nowMs) {
      const subjectsOf = (kind: keyof Named, most: number): Subject[] =>
        named[kind].map((id) => ({ name: `${programId} ${kind} ${id}`, most }))
      const all = [
        ...subjectsOf('visitors', ofCarrier),
        ...subjectsOf('installs', ofCarrier),
        ...subjectsOf('customers', ofCustomer),
      ]
      if (!subjects.take(nowMs, all)) throw new Refusal('budget_spent', { retryAfterSeconds: 3600 })
    },
    async takeMisses(keyId, network, count) {
      const key = `${keyId} ${network}`
      if (count === 0) return left(misses, await misses.get(key))
      // Counted before anybody else can look: requests at the same time share what is left.
      const { consumedPoints } = await misses.penalty(key, count)
      return Math.max(0, misses.points - (consumedPoints - count))
    },
    setAsideLeft: async (programId, kind) =>
      left(asideOf[kind], await asideOf[kind].get(programId)),
    async takeSetAside(programId, kind, events) {
      const bucket = asideOf[kind]
      const taken = Math.min(left(bucket, await bucket.get(programId)), events)
      if (taken > 0) await bucket.penalty(programId, taken)
      return taken
    },
    async takeDownload(programId, network) {
      const ofOne = await isLeft(downloadsOfNetwork, `${programId} ${network}`)
      return ofOne && isLeft(downloadsOfProgram, programId)
    },
    takeWake: (network) => isLeft(wakes, network),
  }
}

/** No limits and no budgets: `RATE_LIMITS=off`, for load tests. */
export function createNoLimits(): Limits {
  return {
    takeOpenRequest: async () => {},
    takeCodeQuestion: async () => {},
    takeOpenEvents: async () => {},
    takeSubjects: async () => {},
    takeMisses: async () => Number.POSITIVE_INFINITY,
    setAsideLeft: async () => Number.POSITIVE_INFINITY,
    takeSetAside: async (_programId, _kind, events) => events,
    takeDownload: async () => true,
    takeWake: async () => true,
  }
}

/** Takes one point where one is left. */
async function isLeft(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  const { consumedPoints } = await limiter.penalty(key, 1)
  return consumedPoints <= limiter.points
}

function left(limiter: RateLimiterMemory, spent: RateLimiterRes | null): number {
  return spent === null ? limiter.points : Math.max(0, spent.remainingPoints)
}

async function take(
  limiter: RateLimiterMemory,
  key: string,
  points: number,
  code: 'rate_limited' | 'budget_spent',
): Promise<void> {
  try {
    await limiter.consume(key, points)
  } catch (spent) {
    const waitMs =
      typeof spent === 'object' && spent !== null && 'msBeforeNext' in spent
        ? Number(spent.msBeforeNext)
        : 60_000
    throw new Refusal(code, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) })
  }
}

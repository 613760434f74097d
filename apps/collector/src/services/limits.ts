/**
 * What strangers may spend (RULES S1, S2): requests a minute, misses, open events a day, refused events kept a
 * day. Counted in memory by each collector; a limit is hygiene, not the wall.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { Refusal } from './refusal.ts'

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
  /** Refused events kept a day, per program, sent with publishable keys. */
  openSetAside: { points: 2_000, duration: DAY_SECONDS },
  /** Refused events kept a day, per program, sent with secret keys. */
  secretSetAside: { points: 20_000, duration: DAY_SECONDS },
} as const

export interface Limits {
  /** @throws Refusal `rate_limited` past the requests of a publishable key and network. */
  takeOpenRequest(keyId: string, network: string): Promise<void>
  /** @throws Refusal `rate_limited` past the questions about codes. */
  takeCodeQuestion(keyId: string, network: string): Promise<void>
  /** @throws Refusal `budget_spent` past the day's open events. */
  takeOpenEvents(programId: string, network: string, events: number): Promise<void>
  /** Whether the answers about codes are deferred for now (RULES S2). */
  isDeferred(keyId: string, network: string): Promise<boolean>
  countMisses(keyId: string, network: string, misses: number): Promise<void>
  /** Takes places for refused events to be kept; returns how many there are. */
  takeSetAside(programId: string, kind: 'publishable' | 'secret', events: number): Promise<number>
}

/** @param rates other numbers, for tests. */
export function createLimits(
  rates: Partial<Record<keyof typeof RATES, { points: number; duration: number }>> = {},
): Limits {
  const limiter = (name: keyof typeof RATES) =>
    new RateLimiterMemory({ keyPrefix: name, ...RATES[name], ...rates[name] })
  const openRequests = limiter('openRequests')
  const codeQuestions = limiter('codeQuestions')
  const misses = limiter('misses')
  const ofProgram = limiter('openEventsOfProgram')
  const ofNetwork = limiter('openEventsOfNetwork')
  const openAside = limiter('openSetAside')
  const secretAside = limiter('secretSetAside')
  return {
    takeOpenRequest: (keyId, network) =>
      take(openRequests, `${keyId} ${network}`, 1, 'rate_limited'),
    takeCodeQuestion: (keyId, network) =>
      take(codeQuestions, `${keyId} ${network}`, 1, 'rate_limited'),
    async takeOpenEvents(programId, network, events) {
      await take(ofNetwork, `${programId} ${network}`, events, 'budget_spent')
      await take(ofProgram, programId, events, 'budget_spent')
    },
    async isDeferred(keyId, network) {
      const spent = await misses.get(`${keyId} ${network}`)
      return spent !== null && spent.remainingPoints <= 0
    },
    async countMisses(keyId, network, count) {
      if (count > 0) await misses.penalty(`${keyId} ${network}`, count)
    },
    async takeSetAside(programId, kind, events) {
      const bucket = kind === 'secret' ? secretAside : openAside
      const spent = await bucket.get(programId)
      const left = spent === null ? bucket.points : Math.max(0, spent.remainingPoints)
      const taken = Math.min(left, events)
      if (taken > 0) await bucket.penalty(programId, taken)
      return taken
    },
  }
}

/** No limits and no budgets: `RATE_LIMITS=off`, for load tests. */
export function createNoLimits(): Limits {
  return {
    takeOpenRequest: async () => {},
    takeCodeQuestion: async () => {},
    takeOpenEvents: async () => {},
    isDeferred: async () => false,
    countMisses: async () => {},
    takeSetAside: async (_programId, _kind, events) => events,
  }
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

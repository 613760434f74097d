/** What the worlds are made of: the few names that collide, the moments on edges, and how often something is there. */
import fc from 'fast-check'
import type { Instant } from '../../src/index.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The moment that all edges are measured from; conversions like it. */
export const ANCHOR_MS = Date.parse('2026-06-01T12:00:00.000Z')

export const CUSTOMERS = ['cus_1', 'cus_2', 'cus_3'] as const
export const VISITORS = ['v_1', 'v_2', 'v_3', 'v_4'] as const
export const INSTALLS = ['i_1', 'i_2', 'i_3'] as const
export const PARTNERS = ['ann', 'ben', 'cat', 'dan'] as const
export const DOWNLOADS = ['d_1', 'd_2'] as const
export const CODES = ['ANN', 'BEN', 'CAT', 'OLD', 'NEW'] as const
/** No partner ever has it. */
export const UNKNOWN_CODE = 'NOBODY'
export const EMAILS = ['ann@partner.test', 'ben@partner.test', 'eve@customer.test'] as const

/** The first of a list is what happens mostly, so that a world hangs together. */
export function mostly<T>(values: readonly [T, ...T[]], weight = 4): fc.Arbitrary<T> {
  const [first, ...others] = values
  if (others.length === 0) return fc.constant(first)
  return fc.oneof(
    { arbitrary: fc.constant(first), weight },
    { arbitrary: fc.constantFrom(...others), weight: 1 },
  )
}

export function sometimes<T>(value: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { arbitrary: fc.constant(undefined), weight: oneIn - 1 },
    { arbitrary: value, weight: 1 },
  )
}

/** Drops absent fields, as a sender does. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** Days from the anchor, each with its neighbours of one millisecond. */
export function around(days: readonly [number, ...number[]]): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...days), mostly([0, -1, 1], 3))
    .map(([day, beside]) => ANCHOR_MS + day * DAY_MS + beside)
}

const SETTLE_DAYS = 60 / (24 * 60)
export const beforeAnchor = around([-1, -1, -7, -30, -90, -180, 0])
export const atAnchor = around([0, 0, 0, SETTLE_DAYS, -1, 1])
const afterAnchor = around([SETTLE_DAYS, 1, 30, 30, 31, 60])
export const anywhere = fc.oneof(
  { arbitrary: beforeAnchor, weight: 5 },
  { arbitrary: atAnchor, weight: 2 },
  { arbitrary: afterAnchor, weight: 2 },
)

/** How long an event was under way; some claim a time of more than 30 days ago, some a future one. */
export const underWay = fc.oneof(
  { arbitrary: fc.constant(0), weight: 8 },
  {
    arbitrary: fc.constantFrom(
      1,
      60 * MINUTE_MS,
      60 * MINUTE_MS + 1,
      DAY_MS,
      30 * DAY_MS,
      30 * DAY_MS + 1,
      -1,
    ),
    weight: 3,
  },
)

export function instant(milliseconds: number): Instant {
  return new Date(milliseconds).toISOString()
}

export const date = anywhere.map(instant)

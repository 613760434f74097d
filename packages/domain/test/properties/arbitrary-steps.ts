/** The vendor's dated configuration: policy versions, partners, codes and revocations. */
import fc from 'fast-check'
import { DEFAULT_POLICY, type EvidenceKind, type Policy } from '../../src/index.ts'
import { customer, email } from './arbitrary-bodies.ts'
import {
  anywhere,
  beforeAnchor,
  CODES,
  DOWNLOADS,
  date,
  instant,
  mostly,
  PARTNERS,
  present,
  sometimes,
} from './arbitrary-moments.ts'
import type { Step } from './story.ts'

const ORDERS: readonly Policy['order'][] = [
  DEFAULT_POLICY.order,
  DEFAULT_POLICY.order,
  ['assigned', 'imported', 'lead', ['typed', 'coupon', 'stamp', 'link'], 'hint'],
  [
    ['assigned', 'lead'],
    ['link', 'hint', 'typed', 'stamp', 'coupon'],
  ],
  ['link', 'hint', 'stamp', ['coupon', 'typed'], ['lead'], ['assigned']],
  ['typed', 'link'],
]

const WINDOWED: readonly EvidenceKind[] = ['lead', 'typed', 'coupon', 'stamp', 'link', 'hint']

function policy(version: number): fc.Arbitrary<Step> {
  return fc
    .record({
      from: version === 1 ? fc.constant(null) : date,
      order: fc.constantFrom(...ORDERS),
      within: mostly<Policy['within']>(['last', 'first'], 2),
      windowDays: fc.oneof(
        fc.constant({}),
        fc.dictionary(fc.constantFrom(...WINDOWED), fc.constantFrom(0, 1, 7, 30), { maxKeys: 3 }),
      ),
      lateClaimDays: mostly([30, 0, 1], 2),
      settleMinutes: mostly([60, 0, 24 * 60], 1),
      ties: mostly<Policy['ties']>(['provisional', 'verified'], 6),
    })
    .map((found) => ({ step: 'policy', from: found.from, policy: { version, ...found } }))
}

const policies = fc
  .tuple(policy(1), sometimes(policy(2), 3), sometimes(policy(3), 4))
  .map(([first, second, third]) => [
    first,
    ...(second === undefined ? [] : [second]),
    ...(second === undefined || third === undefined ? [] : [third]),
  ])

function partner(name: string): fc.Arbitrary<Step[]> {
  const status = fc.record({
    step: fc.constant('status' as const),
    from: date,
    partner: fc.constant(name),
    status: fc.constantFrom('active' as const, 'inactive' as const, 'inactive' as const),
  })
  const own = fc.record({
    from: fc.oneof({ arbitrary: fc.constant(null), weight: 5 }, { arbitrary: date, weight: 1 }),
    emails: fc.oneof(
      { arbitrary: fc.constant([`${name}@elsewhere.test`]), weight: 4 },
      { arbitrary: fc.uniqueArray(email, { minLength: 1, maxLength: 2 }), weight: 1 },
    ),
    customer: sometimes(customer, 12),
  })
  const changes = fc.oneof(
    { arbitrary: fc.constant([]), weight: 4 },
    { arbitrary: fc.array(status, { minLength: 1, maxLength: 2 }), weight: 1 },
  )
  return fc.tuple(own, changes).map(([made, changed]) => {
    const first = present<Step>({ step: 'partner', ...made, partner: name })
    return [first, ...changed.filter(({ from }) => made.from === null || from >= made.from)]
  })
}

function codeStep(name: string): fc.Arbitrary<Step> {
  return fc
    .record({
      partner: fc.constantFrom(...PARTNERS),
      from: fc.oneof({ arbitrary: fc.constant(null), weight: 5 }, { arbitrary: date, weight: 1 }),
      until: name === 'OLD' ? date : fc.constant(undefined),
    })
    .map((found) => present<Step>({ step: 'code', code: name, ...found }))
}

const revocations = fc.array(
  fc.record({
    step: fc.constant('revoke' as const),
    from: fc.oneof(beforeAnchor, anywhere).map(instant),
    download: mostly(DOWNLOADS, 2),
  }),
  { maxLength: 2, size: 'max' },
)

export const arbitrarySteps: fc.Arbitrary<Step[]> = fc
  .tuple(
    policies,
    fc.tuple(...PARTNERS.map(partner)),
    fc.tuple(...CODES.map(codeStep)),
    revocations,
  )
  .map(([versions, partners, codes, revoked]) => [
    ...versions,
    ...partners.flat(),
    ...codes,
    ...revoked,
  ])

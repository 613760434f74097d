/**
 * Small worlds in which things collide: a few visitors, installations and customers share a few codes, and every moment
 * lies on an edge or a millisecond beside one.
 */
import fc from 'fast-check'
import type { Claim, EvidenceKind, Instant, Policy, Trust } from '../../src/index.ts'
import { DEFAULT_POLICY } from '../../src/index.ts'
import type { Step, Story, StoryBody, StoryEvent } from './story.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The moment that all edges are measured from; conversions like it. */
const ANCHOR_MS = Date.parse('2026-06-01T12:00:00.000Z')

export const CUSTOMERS = ['cus_1', 'cus_2', 'cus_3'] as const
const VISITORS = ['v_1', 'v_2', 'v_3', 'v_4'] as const
const INSTALLS = ['i_1', 'i_2', 'i_3'] as const
const PARTNERS = ['ann', 'ben', 'cat', 'dan'] as const
const DOWNLOADS = ['d_1', 'd_2'] as const
const CODES = ['ANN', 'BEN', 'CAT', 'OLD', 'NEW'] as const
/** No partner ever has it. */
const UNKNOWN_CODE = 'NOBODY'
const EMAILS = ['ann@partner.test', 'ben@partner.test', 'eve@customer.test'] as const

/** The first of a list is what happens mostly, so that a world hangs together. */
function mostly<T>(values: readonly [T, ...T[]], weight = 4): fc.Arbitrary<T> {
  const [first, ...others] = values
  if (others.length === 0) return fc.constant(first)
  return fc.oneof(
    { arbitrary: fc.constant(first), weight },
    { arbitrary: fc.constantFrom(...others), weight: 1 },
  )
}

function sometimes<T>(value: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { arbitrary: fc.constant(undefined), weight: oneIn - 1 },
    { arbitrary: value, weight: 1 },
  )
}

/** Drops absent fields, as a sender does. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

// Moments

/** Days from the anchor, each with its neighbours of one millisecond. */
function around(days: readonly [number, ...number[]]): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...days), mostly([0, -1, 1], 3))
    .map(([day, beside]) => ANCHOR_MS + day * DAY_MS + beside)
}

const SETTLE_DAYS = 60 / (24 * 60)
const beforeAnchor = around([-1, -1, -7, -30, -90, -180, 0])
const atAnchor = around([0, 0, 0, SETTLE_DAYS, -1, 1])
const afterAnchor = around([SETTLE_DAYS, 1, 30, 30, 31, 60])
const anywhere = fc.oneof(
  { arbitrary: beforeAnchor, weight: 5 },
  { arbitrary: atAnchor, weight: 2 },
  { arbitrary: afterAnchor, weight: 2 },
)

/** How long an event was under way; some claim a time of more than 30 days ago, some a future one. */
const underWay = fc.oneof(
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

function instant(milliseconds: number): Instant {
  return new Date(milliseconds).toISOString()
}

const date = anywhere.map(instant)

// Events

const customer = mostly(CUSTOMERS, 8)
const visitor = mostly(VISITORS, 2)
const install = mostly(INSTALLS, 3)
const code = fc.oneof(
  { arbitrary: fc.constantFrom(...CODES), weight: 12 },
  { arbitrary: fc.constant(UNKNOWN_CODE), weight: 1 },
)
const email = fc.constantFrom(...EMAILS)

const claim: fc.Arbitrary<Claim> = fc.oneof(
  {
    arbitrary: fc
      .record({
        source: fc.constantFrom('flag', 'env', 'config', 'prompt', 'url', 'filename'),
        code,
      })
      .map((found): Claim => found),
    weight: 4,
  },
  {
    arbitrary: fc
      .tuple(code, fc.option(mostly(DOWNLOADS), { nil: undefined, freq: 4 }))
      .map(([stamped, download]) =>
        present<Claim>({ source: 'stamp', code: stamped, none: undefined, download }),
      ),
    weight: 6,
  },
  {
    arbitrary: fc
      .constantFrom('env', 'stamp', 'url')
      .map((source): Claim => ({ source, code: null })),
    weight: 1,
  },
  {
    arbitrary: fc
      .constantFrom('flag', 'prompt')
      .map((source): Claim => ({ source, code: null, none: true })),
    weight: 1,
  },
)

const visitBody = fc
  .record({ visitor, code, frame: sometimes(fc.constant(true as const), 8) })
  .map(({ frame, ...found }): StoryBody => present({ type: 'visit', ...found, frame }))

const installBody = fc
  .record({
    install,
    visitor: sometimes(visitor, 2),
    claims: fc.array(claim, { minLength: 0, maxLength: 3 }),
  })
  .map((found): StoryBody => present({ type: 'install', ...found }))

const tieFields = {
  customer,
  visitor: fc.option(visitor, { nil: undefined, freq: 5 }),
  install: sometimes(install, 3),
  email: sometimes(email, 3),
}

const identifyBody = fc
  .record(tieFields)
  .map((found): StoryBody => present({ type: 'identify', ...found }))

function conversionBody(type: 'signup' | 'sale', trust: Trust): fc.Arbitrary<StoryBody> {
  const coupon = trust === 'secret' ? sometimes(code, 4) : fc.constant(undefined)
  return fc
    .record({ ...tieFields, code: sometimes(code, 4), coupon })
    .map((found): StoryBody => present({ type, ...found }))
}

const assignBody = fc
  .record({ customer, partner: fc.constantFrom(...PARTNERS, null) })
  .map((found): StoryBody => ({ type: 'assign', ...found }))

const leadBody = fc
  .record({
    lead: mostly(['l_1', 'l_2'], 4),
    code: fc.option(code, { nil: undefined, freq: 5 }),
    email: sometimes(email, 2),
    status: fc.constantFrom('accepted', 'accepted', 'accepted', 'new', 'declined', undefined),
    customer: fc.option(customer, { nil: undefined, freq: 2 }),
  })
  .map((found): StoryBody => present({ type: 'lead', ...found }))

function codeBody(trust: Trust, isSigned: boolean): fc.Arbitrary<StoryBody> {
  const byVisitor = fc.record({ visitor, code })
  const byInstall = fc.record({ install, code })
  const byCustomer = fc.record({ customer, code })
  const named =
    trust === 'open' && !isSigned
      ? fc.oneof(byVisitor, byInstall)
      : fc.oneof(byVisitor, byInstall, byCustomer)
  const source =
    trust === 'secret' ? sometimes(fc.constant('coupon' as const), 3) : fc.constant(undefined)
  return fc
    .tuple(named, source)
    .map(
      ([found, from]): StoryBody =>
        from === undefined ? { type: 'code', ...found } : { type: 'code', ...found, source: from },
    )
}

/** Ids whose order as bytes is not their order as numbers. */
const id = fc.integer({ min: 0, max: 59 }).map((n) => `${['e', 'E', 'e-', 'e.'][n % 4]}${n}`)

const bot = sometimes(fc.constant(true as const), 8)

function event(
  trust: Trust,
  moment: fc.Arbitrary<number>,
  body: fc.Arbitrary<StoryBody>,
  marks: { signed?: fc.Arbitrary<true | undefined>; bot?: fc.Arbitrary<true | undefined> } = {},
): fc.Arbitrary<StoryEvent> {
  return fc
    .record({
      id,
      moment,
      underWay,
      body,
      signed: marks.signed ?? fc.constant(undefined),
      bot: marks.bot ?? fc.constant(undefined),
    })
    .map(({ moment: happened, underWay: passed, ...found }) =>
      present<StoryEvent>({
        ...found,
        trust,
        at: instant(happened),
        received: instant(happened + passed),
      }),
    )
}

const isSigned = fc.constant(true as const)

/** What a publishable key can send without a signature, about anybody and back-dated as it likes. */
export const strangersEvent: fc.Arbitrary<StoryEvent> = fc.oneof(
  event('open', anywhere, visitBody, { bot }),
  event('open', anywhere, codeBody('open', false)),
  event('open', anywhere, installBody),
  event('open', anywhere, identifyBody),
  event('open', anywhere, conversionBody('signup', 'open')),
)

const unsignedEvent = fc.oneof(
  { arbitrary: event('open', beforeAnchor, visitBody, { bot }), weight: 6 },
  { arbitrary: event('open', anywhere, codeBody('open', false)), weight: 3 },
  { arbitrary: event('open', anywhere, installBody), weight: 4 },
  { arbitrary: event('open', atAnchor, identifyBody), weight: 2 },
  { arbitrary: event('open', atAnchor, conversionBody('signup', 'open')), weight: 2 },
)

/** Where everything is open: people who come by several browsers and sign up from each. */
const openWorldsEvent = fc.oneof(
  { arbitrary: event('open', beforeAnchor, visitBody), weight: 5 },
  { arbitrary: event('open', atAnchor, identifyBody), weight: 3 },
  { arbitrary: unsignedEvent, weight: 6 },
)

const signedEvent = fc.oneof(
  event('open', anywhere, codeBody('open', true), { signed: isSigned }),
  event('open', atAnchor, identifyBody, { signed: isSigned }),
  event('open', atAnchor, conversionBody('signup', 'open'), { signed: isSigned }),
)

const openEvent = fc.oneof(
  { arbitrary: unsignedEvent, weight: 6 },
  { arbitrary: signedEvent, weight: 1 },
)

const secretEvent = fc.oneof(
  { arbitrary: event('secret', beforeAnchor, visitBody), weight: 1 },
  { arbitrary: event('secret', anywhere, codeBody('secret', false)), weight: 2 },
  { arbitrary: event('secret', anywhere, installBody), weight: 1 },
  { arbitrary: event('secret', atAnchor, identifyBody), weight: 2 },
  { arbitrary: event('secret', atAnchor, conversionBody('signup', 'secret')), weight: 2 },
  { arbitrary: event('secret', atAnchor, conversionBody('sale', 'secret')), weight: 3 },
  { arbitrary: event('secret', anywhere, leadBody), weight: 2 },
  { arbitrary: event('secret', anywhere, assignBody), weight: 1 },
)

/** One identify each of 21 other customers, all naming one visitor. */
const crowd: fc.Arbitrary<StoryEvent[]> = mostly(VISITORS).map((crowded) =>
  Array.from({ length: 21 }, (_, n) => ({
    id: `crowd${n}`,
    trust: 'open' as const,
    at: instant(ANCHOR_MS),
    received: instant(ANCHOR_MS),
    body: { type: 'identify' as const, customer: `cus_crowd${n}`, visitor: crowded },
  })),
)

const openSignup = event('open', atAnchor, conversionBody('signup', 'open'))
const conversion = fc.oneof(
  openSignup,
  event('secret', atAnchor, conversionBody('sale', 'secret')),
  event('secret', atAnchor, conversionBody('signup', 'secret')),
)
const LENGTH = { maxLength: 12, size: 'max' } as const

/** Most worlds have a conversion; in a part of them everything is open. */
const told = fc.oneof(
  { arbitrary: fc.array(fc.oneof(openEvent, secretEvent), LENGTH), weight: 1 },
  {
    arbitrary: fc.tuple(fc.array(fc.oneof(openEvent, secretEvent), LENGTH), conversion),
    weight: 4,
  },
  { arbitrary: fc.tuple(fc.array(openWorldsEvent, LENGTH), openSignup), weight: 4 },
)

const events = fc
  .tuple(told, fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, { arbitrary: crowd, weight: 1 }))
  .map(([own, others]) => withoutRepeatedIds([...own.flat(), ...others]))

/** The first commit of an id stands (F3); an open and a secret event may share one. */
function withoutRepeatedIds(told: readonly StoryEvent[]): StoryEvent[] {
  return told.filter(
    (one, n) => n === told.findIndex((other) => other.id === one.id && other.trust === one.trust),
  )
}

// Configuration

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
      settleMinutes: mostly([60, 0, 24 * 60], 3),
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

const steps: fc.Arbitrary<Step[]> = fc
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

/** A whole small world. */
export const arbitraryStory: fc.Arbitrary<Story> = fc.record({ steps, events })

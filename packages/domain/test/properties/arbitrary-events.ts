/** Events with their senders, moments and marks. */
import fc from 'fast-check'
import type { Trust } from '../../src/index.ts'
import {
  acceptedLeadBody,
  assignBody,
  code,
  codeBody,
  conversionBody,
  customer,
  email,
  identifyBody,
  installBody,
  leadBody,
  visitBody,
} from './arbitrary-bodies.ts'
import {
  ANCHOR_MS,
  anywhere,
  around,
  atAnchor,
  beforeAnchor,
  instant,
  mostly,
  present,
  sometimes,
  underWay,
  VISITORS,
} from './arbitrary-moments.ts'
import type { StoryBody, StoryEvent } from './story.ts'

/** Ids whose order as bytes is not their order as numbers. */
const id = fc.integer({ min: 0, max: 59 }).map((n) => `${['e', 'E', 'e-', 'e.'][n % 4]}${n}`)

const bot = sometimes(fc.constant(true as const), 8)

function event(
  trust: Trust,
  moment: fc.Arbitrary<number>,
  body: fc.Arbitrary<StoryBody>,
  marks: { signed?: fc.Arbitrary<StoryEvent['signed']>; bot?: fc.Arbitrary<true | undefined> } = {},
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

/** A stale signature proves nothing (S8). */
const signed = mostly<'fresh' | 'stale'>(['fresh', 'stale'], 7)

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

const signupWithCode = fc
  .record({ customer, code, email: sometimes(email, 4) })
  .map((found): StoryBody => present({ type: 'signup', ...found }))

/** Where everything is open: people who come by several browsers and sign up from each. */
const openWorldsEvent = fc.oneof(
  { arbitrary: event('open', beforeAnchor, visitBody), weight: 4 },
  { arbitrary: event('open', atAnchor, visitBody), weight: 1 },
  { arbitrary: event('open', atAnchor, signupWithCode), weight: 1 },
  { arbitrary: event('open', atAnchor, identifyBody), weight: 3 },
  { arbitrary: unsignedEvent, weight: 6 },
)

const signedEvent = fc.oneof(
  event('open', anywhere, codeBody('open', true), { signed }),
  event('open', atAnchor, identifyBody, { signed }),
  event('open', atAnchor, conversionBody('signup', 'open'), { signed }),
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
/** Names neither visitor nor installation, so it ties nothing. */
const bareSale = event(
  'secret',
  atAnchor,
  customer.map((named): StoryBody => ({ type: 'sale', customer: named })),
)
/** Comes when open signups have long settled the customer. */
const lateSignature = event(
  'open',
  around([1, 30]),
  fc.oneof(identifyBody, conversionBody('signup', 'open')),
  { signed },
)
const lead = fc.oneof(
  event('secret', anywhere, leadBody),
  event('secret', beforeAnchor, acceptedLeadBody),
)
const LENGTH = { maxLength: 12, size: 'max' } as const

/** Most worlds have a conversion; in some everything is open but perhaps one sale, some are all about leads, in some a signature comes late. */
const told = fc.oneof(
  { arbitrary: fc.array(fc.oneof(openEvent, secretEvent), LENGTH), weight: 1 },
  {
    arbitrary: fc.tuple(fc.array(fc.oneof(openEvent, secretEvent), LENGTH), conversion),
    weight: 4,
  },
  { arbitrary: fc.tuple(fc.array(openWorldsEvent, LENGTH), openSignup), weight: 4 },
  { arbitrary: fc.tuple(fc.array(openWorldsEvent, LENGTH), openSignup, bareSale), weight: 1 },
  { arbitrary: fc.tuple(fc.array(openWorldsEvent, LENGTH), openSignup, lateSignature), weight: 1 },
  { arbitrary: fc.tuple(fc.array(fc.oneof(lead, secretEvent), LENGTH), conversion), weight: 1 },
)

export const arbitraryEvents = fc
  .tuple(
    told,
    fc.oneof(
      { withCrossShrink: true },
      { arbitrary: fc.constant([]), weight: 3 },
      { arbitrary: crowd, weight: 1 },
    ),
  )
  .map(([own, others]) => withoutRepeatedIds([...own.flat(), ...others]))

/** Worlds that are all about installations: what led to them, their reports, upgrades and codes entered later. */
const installWorldsEvent = fc.oneof(
  { arbitrary: event('open', beforeAnchor, visitBody, { bot }), weight: 5 },
  { arbitrary: event('open', atAnchor, installBody), weight: 4 },
  { arbitrary: event('open', anywhere, installBody), weight: 3 },
  { arbitrary: event('secret', atAnchor, installBody), weight: 1 },
  { arbitrary: event('open', anywhere, codeBody('open', false)), weight: 3 },
  { arbitrary: event('open', around([1, 30, 31]), codeBody('open', false)), weight: 2 },
  { arbitrary: event('secret', anywhere, codeBody('secret', false)), weight: 1 },
  { arbitrary: fc.oneof(openEvent, secretEvent), weight: 2 },
)

export const arbitraryInstallEvents = fc.array(installWorldsEvent, LENGTH).map(withoutRepeatedIds)

/** The first commit of an id stands (F3); an open and a secret event may share one. */
function withoutRepeatedIds(told: readonly StoryEvent[]): StoryEvent[] {
  return told.filter(
    (one, n) => n === told.findIndex((other) => other.id === one.id && other.trust === one.trust),
  )
}

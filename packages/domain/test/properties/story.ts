/**
 * A story is what happened, in plain words: configuration steps and events as they arrive on the wire. It can be
 * turned into what `decide` reads, or told to a collector as real requests (`timelineOf`, `wire-of.ts`).
 */
import type {
  Claim,
  CodeConfig,
  Configuration,
  DecideInput,
  DecideInstallationInput,
  Fact,
  Instant,
  PartnerConfig,
  Policy,
  StatusChange,
  Trust,
} from '../../src/index.ts'

/** One dated step of the vendor; `from: null` holds from the beginning of time (F5). */
export type Step =
  | {
      step: 'partner'
      from: Instant | null
      partner: string
      /** The present one and former ones. */
      emails: readonly string[]
      customer?: string
    }
  | { step: 'status'; from: Instant; partner: string; status: StatusChange['status'] }
  | { step: 'code'; from: Instant | null; code: string; partner: string; until?: Instant }
  | { step: 'revoke'; from: Instant; download: string }
  | { step: 'policy'; from: Instant | null; policy: Policy }

/** The content of an event, its fields named as on the wire; `code` is canonical, claims are read already. */
export type StoryBody =
  | { type: 'visit'; visitor: string; code: string; frame?: true }
  | {
      type: 'code'
      code: string
      visitor?: string
      install?: string
      customer?: string
      source?: 'coupon'
    }
  | {
      type: 'install'
      install: string
      visitor?: string
      claims: readonly Claim[]
      product?: string
      version?: string
      parent?: string
      ephemeral?: true
    }
  | { type: 'identify'; customer: string; visitor?: string; install?: string; email?: string }
  | {
      type: 'signup' | 'sale'
      customer: string
      visitor?: string
      install?: string
      email?: string
      code?: string
      coupon?: string
    }
  | {
      type: 'lead'
      lead: string
      code?: string
      email?: string
      status?: 'new' | 'accepted' | 'declined'
      customer?: string
    }
  | { type: 'assign'; customer: string; partner: string | null }

export interface StoryEvent {
  id: string
  trust: Trust
  /** As the sender claims; there is no `sentAt`. */
  at: Instant
  received: Instant
  /** The sender signs it for its customer; a `stale` signature counts as none (S8). */
  signed?: 'fresh' | 'stale'
  /** The request comes from a bot (E6). */
  bot?: true
  body: StoryBody
}

export interface Story {
  steps: readonly Step[]
  events: readonly StoryEvent[]
}

const OPEN_PAST_MS = 30 * 24 * 60 * 60 * 1000

/** Effective time of an event without `sentAt` (F4). */
function effectiveTime({ at, received, trust }: StoryEvent): Instant {
  if (at > received) return received
  const earliest = new Date(Date.parse(received) - OPEN_PAST_MS).toISOString()
  return trust === 'open' && at < earliest ? earliest : at
}

/** The keyed hash of a normalised e-mail, as far as a test of rules needs one. */
export function emailHashOf(email: string): string {
  return `hash of ${email}`
}

/** The fact that the event is stored as. */
export function factOf(event: StoryEvent): Fact {
  const { id, trust, received, body } = event
  const stored = { id, trust, received, at: effectiveTime(event) }
  const signed = event.signed === 'fresh' ? { signed: true } : {}
  switch (body.type) {
    case 'visit':
      return { ...stored, ...body, ...(event.bot ? { bot: true } : {}) }
    case 'code': {
      const { source, ...rest } = body
      return { ...stored, ...rest, ...signed, ...(source === 'coupon' ? { coupon: true } : {}) }
    }
    case 'identify': {
      const { email, ...rest } = body
      return { ...stored, ...rest, ...signed, ...hashed(email) }
    }
    case 'signup':
    case 'sale': {
      const { email, type, ...rest } = body
      return { ...stored, type, ...rest, ...signed, ...hashed(email) }
    }
    case 'lead': {
      const { email, ...rest } = body
      return { ...stored, ...rest, ...hashed(email) }
    }
    case 'install':
    case 'assign':
      return { ...stored, ...body }
  }
}

function hashed(email: string | undefined): { emailHash?: string } {
  return email === undefined ? {} : { emailHash: emailHashOf(email) }
}

/** All facts of the story, in the order told. */
export function factsOf(story: Story): Fact[] {
  return story.events.map(factOf)
}

/** The dated configuration that the steps make. */
export function configurationOf(story: Story): Configuration {
  const partners = new Map<string, PartnerConfig>()
  const codes = new Map<string, CodeConfig>()
  const revokedDownloads = new Map<string, Instant>()
  const policies: Policy[] = []
  for (const step of timelineOf({ ...story, events: [] })) {
    if (step.step === 'partner') {
      const { partner: id, emails, customer, from } = step
      partners.set(id, {
        id,
        name: id,
        statuses: [{ from, status: 'active' }],
        emailHashes: emails.map(emailHashOf),
        ...(customer === undefined ? {} : { customer }),
      })
    } else if (step.step === 'status') {
      const partner = partners.get(step.partner)
      if (partner === undefined) continue
      const statuses = [...partner.statuses, { from: step.from, status: step.status }]
      partners.set(step.partner, { ...partner, statuses })
    } else if (step.step === 'code') {
      const { partner, from, until } = step
      codes.set(step.code, { partner, from, ...(until === undefined ? {} : { until }) })
    } else if (step.step === 'revoke') {
      if (!revokedDownloads.has(step.download)) revokedDownloads.set(step.download, step.from)
    } else if (step.step === 'policy') {
      policies.push(step.policy)
    }
  }
  return { partners, codes, revokedDownloads, policies }
}

/** Carriers that ties of more than 20 customers name (A4). */
export function sharedCarriersOf(story: Story): Set<string> {
  const customers = new Map<string, Set<string>>()
  for (const { body } of story.events) {
    if (body.type !== 'identify' && body.type !== 'signup' && body.type !== 'sale') continue
    const named = [
      ...(body.visitor === undefined ? [] : [`visitor:${body.visitor}`]),
      ...(body.install === undefined ? [] : [`install:${body.install}`]),
    ]
    for (const carrier of named) {
      customers.set(carrier, (customers.get(carrier) ?? new Set()).add(body.customer))
    }
  }
  return new Set([...customers].filter(([, ids]) => ids.size > 20).map(([carrier]) => carrier))
}

/** What `decide` reads about one customer of the story: all facts, those of strangers to it included. */
export function inputFor(story: Story, customer: string): DecideInput {
  return {
    customer,
    facts: factsOf(story),
    sharedCarriers: sharedCarriersOf(story),
    config: configurationOf(story),
  }
}

/** What `decideInstallation` reads about one installation of the story: all facts, those of others included. */
export function installationInput(story: Story, install: string): DecideInstallationInput {
  return { install, facts: factsOf(story), config: configurationOf(story) }
}

export type Moment = Step | ({ step: 'event' } & StoryEvent)

/**
 * Steps and events in the order in which a collector meets them: what holds from the beginning of time first, then by
 * date of the step or receipt of the event. Equal moments stay in the order told, steps before events.
 */
export function timelineOf(story: Story): Moment[] {
  const events = story.events.map((event) => ({ step: 'event' as const, ...event }))
  const momentOf = (moment: Moment) =>
    (moment.step === 'event' ? moment.received : moment.from) ?? ''
  return [...story.steps, ...events].sort((a, b) => {
    if (momentOf(a) === momentOf(b)) return 0
    return momentOf(a) < momentOf(b) ? -1 : 1
  })
}

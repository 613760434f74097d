/**
 * Tells a story of the domain's properties to real collectors: events through their reading and storing, each commit at
 * the moment that the story says, configuration by transactions of its own; in any order, several times, in batches,
 * by one collector or two at once.
 */
import { createHmac } from 'node:crypto'
import { decideNow } from '../../apps/collector/src/services/credit/read-decision.ts'
import { decideInstallationsNow } from '../../apps/collector/src/services/credit/read-installation.ts'
import { Directory } from '../../apps/collector/src/services/directory.ts'
import type { Arrival } from '../../apps/collector/src/services/ingest/incoming.ts'
import { MissingLocks } from '../../apps/collector/src/services/ingest/reach.ts'
import { readEvents } from '../../apps/collector/src/services/ingest/read-events.ts'
import { storeArrivals } from '../../apps/collector/src/services/ingest/store-arrivals.ts'
import { stampKeys } from '../../apps/collector/src/services/stamp-keys.ts'
import type { Decision, InstallationDecision } from '../../packages/domain/src/index.ts'
import {
  configurationOf,
  type Step,
  type Story,
  type StoryEvent,
} from '../../packages/domain/test/properties/story.ts'
import { type Issuer, wireOf } from '../../packages/domain/test/properties/wire-of.ts'
import { issueToken } from '../../packages/stamp/src/index.ts'
import {
  type ProgramRow,
  raiseRevision,
  type Store,
  undecidedCustomers,
  undecidedInstallations,
} from '../../packages/store/src/index.ts'

/** One collector as far as storing goes. */
export interface Teller {
  store: Store
  directory: Directory
}

export function newTeller(store: Store): Teller {
  return { store, directory: new Directory(store) }
}

/** A story, and how it is told. */
export interface Telling {
  /** What the collectors are told; the reference reads the same. */
  story: Story
  /** In the order in which each collector meets them. */
  sequences: readonly (readonly Part[])[]
}

type Part = { steps: readonly Step[] } | { events: readonly StoryEvent[]; received: string }

/**
 * Plans how a story is told: events in batches (those of a batch are received together), shuffled, some of them twice,
 * the vendor's steps anywhere between.
 *
 * @param collectors how many tell it at the same time.
 */
export function planTelling(story: Story, seed: number, collectors: number): Telling {
  const random = randomOf(seed)
  const batches = batchesOf(told(story), random)
  const all = { ...story, steps: stepsOf(story), events: batches.flatMap(({ events }) => events) }
  const again = batches
    .filter(() => random() < 0.3)
    .map(({ events, received }) => ({ events: shuffled(events, random), received }))
  const parts: Part[] = shuffled([...batches, ...again], random)
  // Of steps the order stays: there is no code before its partner.
  // A late step makes decisions old, so in every other story they all come first and each commit has to be right.
  const last = random() < 0.5 ? 0 : parts.length
  const places = stepsOf(story).map(() => Math.floor(random() * (last + 1)))
  places.sort((a, b) => a - b)
  const sequence: Part[] = []
  let step = 0
  for (let place = 0; place <= parts.length; place++) {
    const steps: Step[] = []
    for (; places[step] === place; step++) {
      const next = all.steps[step]
      if (next) steps.push(next)
    }
    if (steps.length > 0) sequence.push({ steps })
    const part = parts[place]
    if (part) sequence.push(part)
  }
  if (collectors === 1) receiveRepetitionsLater(sequence)
  const sequences = Array.from({ length: collectors }, (_, collector) =>
    sequence.filter((part, index) =>
      'steps' in part ? collector === 0 : index % collectors === collector,
    ),
  )
  return { story: all, sequences }
}

/** What comes again after it was stored may come at any time: the first receipt stands. */
function receiveRepetitionsLater(sequence: Part[]): void {
  const stored = new Set<string>()
  for (const [index, part] of sequence.entries()) {
    if ('steps' in part) continue
    const keys = part.events.map(({ trust, id }) => `${trust} ${id}`)
    if (keys.every((key) => stored.has(key))) {
      const received = new Date(Date.parse(part.received) + 50 * 60 * 1000).toISOString()
      sequence[index] = { ...part, received }
    }
    for (const key of keys) stored.add(key)
  }
}

/** A stamp always names a download. */
const SOME_DOWNLOAD = 'd_any'

/** Every install names a product, and every stamp a download. */
function told(story: Story): StoryEvent[] {
  return story.events.map((event) => {
    if (event.body.type !== 'install') return event
    const claims = event.body.claims.map((claim) =>
      claim.source === 'stamp' && claim.code !== null
        ? { ...claim, download: claim.download ?? SOME_DOWNLOAD }
        : claim,
    )
    return { ...event, body: { ...event.body, product: event.body.product ?? 'tool', claims } }
  })
}

/** A download is revoked once: the earliest date holds. */
function stepsOf(story: Story): Step[] {
  return story.steps.filter(
    (one, n) =>
      one.step !== 'revoke' ||
      story.steps.every(
        (other, m) =>
          other.step !== 'revoke' ||
          other.download !== one.download ||
          other.from > one.from ||
          (other.from === one.from && m >= n),
      ),
  )
}

function batchesOf(events: readonly StoryEvent[], random: () => number) {
  const batches: { events: StoryEvent[]; received: string }[] = []
  for (const event of shuffled(events, random)) {
    const last = batches.at(-1)
    if (last && random() < 0.3) last.events.push({ ...event, received: last.received })
    else batches.push({ events: [event], received: event.received })
  }
  return batches
}

/** A small seeded generator (mulberry32), so that a telling can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const keyed = values.map((value) => ({ value, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}

let programs = 0

/** Hears after each commit of events what has been told so far, and the decisions that stand. */
export type Listener = (soFar: Story, decisions: ReadonlyMap<string, string>) => void

/**
 * Tells the story in a program of its own.
 *
 * @param tellers one for each sequence of the telling, on one database.
 * @param listener for a telling of one sequence.
 * @returns the stored decisions by customer, and by {@link installationKey}, as text.
 */
export async function tell(
  tellers: readonly Teller[],
  telling: Telling,
  listener?: Listener,
): Promise<Map<string, string>> {
  const [first] = tellers
  if (!first) throw new Error('nobody tells')
  const programId = await makeEmptyProgram(first.store, telling.story)
  const listening = listener && listenTo(first, programId, telling.story, listener)
  await Promise.all(
    telling.sequences.map(async (parts, index) => {
      const teller = tellers[index] ?? first
      for (const part of parts) {
        if ('steps' in part) await configure(teller.store, programId, part.steps)
        else await deliver(teller, programId, part.events, part.received)
        await listening?.(part)
      }
    }),
  )
  await decideTheRest(first, programId)
  return standingDecisions(first, programId)
}

function listenTo({ store }: Teller, programId: string, story: Story, listener: Listener) {
  const steps: Step[] = story.steps.filter(isFirstPolicy)
  const events = new Map<string, StoryEvent>()
  return async (part: Part): Promise<void> => {
    if ('steps' in part) {
      steps.push(...part.steps.filter((step) => !isFirstPolicy(step)))
      return
    }
    for (const event of part.events) {
      const key = `${event.trust} ${event.id}`
      if (!events.has(key)) events.set(key, { ...event, received: part.received })
    }
    listener({ steps, events: [...events.values()] }, await standingDecisions({ store }, programId))
  }
}

/** The program is made with it. */
function isFirstPolicy(step: Step): boolean {
  return step.step === 'policy' && step.policy.version === 1
}

/** The decisions that no change of configuration has made old. */
async function standingDecisions(
  { store }: Pick<Teller, 'store'>,
  programId: string,
): Promise<Map<string, string>> {
  const rows = await store.db
    .selectFrom('customer')
    .innerJoin('program', 'program.id', 'customer.program_id')
    .select(['customer.id', 'customer.decision'])
    .where('customer.program_id', '=', programId)
    .whereRef('customer.revision', '>=', 'program.decisions_revision')
    .orderBy('customer.id')
    .execute()
  const installations = await store.db
    .selectFrom('installation')
    .innerJoin('program', 'program.id', 'installation.program_id')
    .select(['installation.id', 'installation.decision'])
    .where('installation.program_id', '=', programId)
    .whereRef('installation.revision', '>=', 'program.decisions_revision')
    .orderBy('installation.id')
    .execute()
  return new Map([
    ...rows.map(({ id, decision }): [string, string] => [id, decision]),
    ...installations.map(({ id, decision }): [string, string] => [installationKey(id), decision]),
  ])
}

const INSTALLATION = 'installation '

/** What an installation is called among customers. */
export function installationKey(id: string): string {
  return INSTALLATION + id
}

/** The installation of a key, or `undefined` for a customer. */
export function installationOf(key: string): string | undefined {
  return key.startsWith(INSTALLATION) ? key.slice(INSTALLATION.length) : undefined
}

export function readDecision(text: string): Decision | InstallationDecision {
  return JSON.parse(text) as Decision | InstallationDecision
}

/** A program with the story's first policy; everything else comes as a change. */
async function makeEmptyProgram(store: Store, story: Story): Promise<string> {
  const id = `prg_${process.pid}_${programs++}`
  const [policy] = configurationOf(story).policies
  const base = { program_id: id, created_at: new Date().toISOString() }
  await store.transaction(async ({ db }) => {
    await db
      .insertInto('program')
      .values({
        id,
        slug: id,
        name: id,
        currency: 'EUR',
        timezone: 'UTC',
        site: '',
        sites: '[]',
        hosts: '[]',
        settings: '{}',
        identity_secret: `ids_${id}`,
        people_key: `people of ${id}`,
        stamp_secret: `the stamps of ${id}`.padEnd(32, '.'),
        revision: 1,
        decisions_revision: 0,
        created_at: base.created_at,
      })
      .execute()
    const group = { ...base, id: 'grp_default', slug: 'default', name: 'Default', support: 0 }
    await db.insertInto('partner_group').values(group).execute()
    const body = JSON.stringify(policy ?? {})
    await db
      .insertInto('policy')
      .values({ ...base, version: 1, from_at: null, body })
      .execute()
  })
  return id
}

async function deliver(
  { store, directory }: Teller,
  programId: string,
  events: readonly StoryEvent[],
  received: string,
): Promise<void> {
  const nowMs = Date.parse(received)
  let locked: ReadonlySet<string> = new Set()
  for (;;) {
    try {
      await store.transaction(async (tx) => {
        const program = await directory.within(tx, programId)
        const arrivals: Arrival[] = events.flatMap((event) => {
          const wire = wireOf(event, issuerOf(program.row))
          const kind = event.trust === 'secret' ? 'secret' : 'publishable'
          const bot = event.bot === true
          const bytes = JSON.stringify(wire).length
          const sender = {
            program,
            keyId: 'key',
            kind,
            bot,
            nowMs,
            bytes,
          } as const
          return readEvents([wire], undefined, sender)
        })
        const refused = arrivals.find((arrival) => 'refused' in arrival)
        if (refused) throw new Error(`the story has what no sender can send: ${show(refused)}`)
        await storeArrivals(tx, directory, programId, arrivals, nowMs, locked)
      })
      return
    } catch (error) {
      if (!(error instanceof MissingLocks)) throw error
      locked = error.subjects
    }
  }
}

function show(value: unknown): string {
  return JSON.stringify(value)
}

function issuerOf(program: ProgramRow): Issuer {
  return {
    signatureFor(customer, madeAt) {
      const unix = Math.floor(Date.parse(madeAt) / 1000)
      const signed = `${unix}:${program.slug}:${customer}`
      const mac = createHmac('sha256', program.identity_secret).update(signed).digest('hex')
      return `${unix}.${mac}`
    },
    stampFor: (code, download, product) =>
      issueToken(
        {
          program: program.slug,
          product,
          code,
          download: download ?? SOME_DOWNLOAD,
          artifact: null,
          issuedSeconds: 1,
          expiresSeconds: null,
        },
        stampKeys({ secrets: [] }, { row: program }).signing,
      ),
    partnerId: (partner) => partner,
  }
}

/** Writes steps as the vendor's changes are written: one transaction, nobody ingests meanwhile. */
async function configure(store: Store, programId: string, steps: readonly Step[]): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'exclusive')
    const revision = await raiseRevision(tx.db, programId, true)
    const base = { program_id: programId, created_at: new Date().toISOString(), revision }
    for (const [n, step] of steps.entries()) await writeStep(tx.db, base, step, n)
  })
}

async function writeStep(
  db: Store['db'],
  base: { program_id: string; created_at: string; revision: number },
  step: Step,
  n: number,
): Promise<void> {
  const { program_id, created_at } = base
  const change = (partner: string, field: 'status' | 'email', value: string, from: string | null) =>
    db
      .insertInto('partner_change')
      .values({
        ...base,
        partner_id: partner,
        id: `chg_${String(base.revision).padStart(6, '0')}_${String(n).padStart(3, '0')}_${field}_${value}`,
        field,
        value,
        from_at: from,
      })
      .execute()
  if (step.step === 'partner') {
    const [email = '', ...former] = step.emails
    const partner = { id: step.partner, name: step.partner, email, customer: step.customer ?? null }
    const row = { ...base, ...partner, group_id: 'grp_default', payout: null, shows_name: 1 }
    await db.insertInto('partner').values(row).execute()
    await change(step.partner, 'status', 'active', step.from)
    for (const one of former) await change(step.partner, 'email', one, null)
  } else if (step.step === 'status') {
    await change(step.partner, 'status', step.status, step.from)
  } else if (step.step === 'code') {
    const { code, partner, from, until = null } = step
    const row = { ...base, code, partner_id: partner, from_at: from, until_at: until }
    await db
      .insertInto('code')
      .values({ ...row, origin: 'vendor', is_primary: 0 })
      .execute()
  } else if (step.step === 'revoke') {
    const row = { ...base, download_id: step.download, from_at: step.from, reason: 'lost' }
    await db.insertInto('download_revocation').values(row).execute()
  } else if (step.step === 'policy' && step.policy.version > 1) {
    const { version, from, ...body } = step.policy
    const row = { program_id, version, from_at: from, body: JSON.stringify(body), created_at }
    await db.insertInto('policy').values(row).execute()
  }
}

/** What the background job does: decides again what is older than the configuration. */
async function decideTheRest({ store, directory }: Teller, programId: string): Promise<void> {
  const { decisions_revision } = await store.db
    .selectFrom('program')
    .select('decisions_revision')
    .where('id', '=', programId)
    .executeTakeFirstOrThrow()
  const clock = { now: () => Date.now() }
  const deps = { store, directory, clock }
  for (;;) {
    const customers = await undecidedCustomers(store.db, programId, decisions_revision, 100)
    if (customers.length === 0) break
    await decideNow(deps, programId, customers)
  }
  for (;;) {
    const installs = await undecidedInstallations(store.db, programId, decisions_revision, 100)
    if (installs.length === 0) return
    await decideInstallationsNow(deps, programId, installs)
  }
}

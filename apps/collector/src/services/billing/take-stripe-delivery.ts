/** A delivery of Stripe's webhook: checked, read, remembered, taken in; answered after the commit. */
import type { ErrorCode, StripeDelivery } from '@sentby/contract'
import { readCode } from '@sentby/contract/code'
import type { EventResult, SentbyEventInput } from '@sentby/contract/events'
import { type StripeSettingRow, stripeSetting } from '@sentby/store'
import { readStripeEvent, UnreadableObject } from '../../adapters/stripe/read-stripe-event.ts'
import type { Reading } from '../../adapters/stripe/reading.ts'
import { envelope, type StripeEnvelope } from '../../adapters/stripe/shapes.ts'
import { verifyDelivery } from '../../adapters/stripe/verify-delivery.ts'
import type { Deps } from '../../deps.ts'
import { toFieldErrors } from '../ingest/read-events.ts'
import { takeEvents } from '../ingest/take-events.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { forgetRefunds, rememberPayments } from './remember-payments.ts'

export interface Delivery {
  /** The program's slug. */
  program: string
  /** The body as it came. */
  body: string
  /** `Stripe-Signature`. */
  signature: string | undefined
}

/**
 * Takes a delivery; resolves after the commit, with what became of it. The same delivery again is a duplicate.
 *
 * @throws Refusal `not_found`, `stripe_not_set_up`, `bad_signature`, `stale_signature`, `malformed_json`, `bad_request`,
 *   `wrong_account`, each counted; what `takeEvents` and a busy database refuse, for Stripe to come again.
 */
export async function takeStripeDelivery(deps: Deps, delivery: Delivery): Promise<StripeDelivery> {
  try {
    const answer = await take(deps, delivery)
    deps.metrics.stripeDeliveries.inc({ outcome: answer.outcome, reason: '' })
    return answer
  } catch (error) {
    const reason = error instanceof Refusal ? error.code : 'internal'
    deps.metrics.stripeDeliveries.inc({ outcome: 'refused', reason })
    throw error
  }
}

async function take(deps: Deps, delivery: Delivery): Promise<StripeDelivery> {
  const program = await findProgram(deps, delivery.program)
  const setting = await stripeSetting(deps.store.db, program.row.id)
  if (!setting) throw new Refusal('stripe_not_set_up')
  const event = await verifiedEvent(deps, delivery, setting)
  const reading = event && read(program, event)
  if (!reading) return { outcome: 'ignored', results: [] }
  return takeReading(deps, program, reading, Buffer.byteLength(delivery.body))
}

/** A program made a moment ago elsewhere is found too. */
async function findProgram(deps: Deps, slug: string): Promise<ProgramConfig> {
  const known = deps.directory.bySlug(slug)
  if (known) return known
  await deps.directory.refresh()
  const program = deps.directory.bySlug(slug)
  if (!program) throw new Refusal('not_found')
  return program
}

/** @returns `undefined` for a notification that carries no object. */
async function verifiedEvent(
  deps: Deps,
  { body, signature }: Delivery,
  setting: StripeSettingRow,
): Promise<StripeEnvelope | undefined> {
  const { secret, previous_secret: previous } = setting
  const secrets = previous === null ? [secret] : [secret, previous]
  const verified = await verifyDelivery(body, signature, secrets, deps.clock.now())
  if ('refused' in verified) throw new Refusal(verified.refused)
  if ('thin' in verified) return undefined
  const parsed = envelope.safeParse(verified.event)
  if (!parsed.success) throw unreadable(parsed.error.issues)
  refuseOthers(setting, parsed.data)
  return parsed.data
}

/** Money of a connected account is not the vendor's own, unless it says so. */
function refuseOthers(setting: StripeSettingRow, event: StripeEnvelope): void {
  const { account, livemode } = setting
  if (event.account !== undefined && event.account !== account) {
    throw new Refusal('wrong_account', { detail: 'an event of another account' })
  }
  if (livemode !== null && event.livemode !== (livemode === 1)) {
    const wanted = livemode === 1 ? 'live' : 'test'
    throw new Refusal('wrong_account', { detail: `this program takes ${wanted} events only` })
  }
}

function read(program: ProgramConfig, event: StripeEnvelope): Reading | undefined {
  const knownCode = (text: string) => {
    const code = readCode(text)
    return code !== null && program.codes.has(code) ? code : undefined
  }
  try {
    return readStripeEvent({ event, knownCode })
  } catch (error) {
    if (error instanceof UnreadableObject) throw unreadable(error.issues, '/data/object')
    throw error
  }
}

async function takeReading(
  deps: Deps,
  program: ProgramConfig,
  reading: Reading,
  bytes: number,
): Promise<StripeDelivery> {
  const programId = program.row.id
  const remembered = await rememberPayments(deps, programId, reading)
  const own = [...reading.events, ...remembered.ready]
  const events = [...own, ...remembered.released]
  const results = events.length === 0 ? [] : await submit(deps, program, events, bytes)
  // A refund that was ready may have waited under an earlier delivery of the same event.
  await forgetRefunds(deps, programId, [...remembered.ready, ...remembered.released])
  const ownResults = results.slice(0, own.length)
  return {
    outcome: outcomeOf(ownResults, remembered, reading),
    results: results.map(({ id, outcome }) => ({ id: id ?? '', outcome })),
  }
}

/** A webhook that Stripe signed is trusted as a secret key is (RULES F2). */
function submit(
  deps: Deps,
  program: ProgramConfig,
  events: readonly SentbyEventInput[],
  bytes: number,
): Promise<EventResult[]> {
  return takeEvents(deps, {
    program,
    keyId: 'stripe',
    kind: 'secret',
    network: '',
    bot: false,
    events,
    sentAt: undefined,
    bytes,
  })
}

/** The most telling of what happened. */
function outcomeOf(
  results: readonly EventResult[],
  { learned, waiting }: { learned: boolean; waiting: number },
  reading: Reading,
): StripeDelivery['outcome'] {
  const outcomes = new Set(results.map(({ outcome }) => outcome))
  for (const outcome of ['rejected', 'conflict'] as const) if (outcomes.has(outcome)) return outcome
  if (learned && waiting > 0) return 'parked'
  for (const outcome of ['parked', 'stored'] as const) if (outcomes.has(outcome)) return outcome
  if (learned) return 'stored'
  const said = reading.events.length + reading.moneyBack.length + reading.paid.length
  return said > 0 ? 'duplicate' : 'ignored'
}

function unreadable(issues: Parameters<typeof toFieldErrors>[0], under = ''): Refusal {
  const errors = toFieldErrors(issues).map(({ pointer, detail }) => ({
    pointer: `${under}${pointer}`,
    detail,
  }))
  return new Refusal('bad_request' satisfies ErrorCode, { errors })
}

/** Sends again what was refused or kept aside, as it was sent or corrected (CONTRACT §4.3). */
import type { EventResult } from '@sentby/contract/events'
import { asideByName, factsById, markReplayed, type SetAsideRow } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../program-config.ts'
import { readStoredVerdict } from '../reading/stored-verdict.ts'
import { Refusal } from '../refusal.ts'
import { toText } from './read-events.ts'
import { takeEvents } from './take-events.ts'

/** Who asks for it. */
export interface Replayer {
  program: ProgramConfig
  keyId: string
  network: string
}

/**
 * Replays one event through the one way in, with the trust it was sent with.
 *
 * @param name the event's id, or `sta_…` of what was kept aside.
 * @param corrected the event as it should have been; absent: as it was sent.
 * @returns its result; a stored event is a `duplicate`.
 * @throws Refusal `not_found`; `invalid_request` when what is kept is not the whole event; those of `takeEvents`.
 */
export async function replayEvent(
  deps: Deps,
  replayer: Replayer,
  name: string,
  corrected: object | undefined,
): Promise<EventResult> {
  const programId = replayer.program.row.id
  const named = await asideByName(deps.store.db, programId, name)
  const stored = await storedFact(deps, programId, name)
  // Anybody can send an open event under the id of a trusted one: it never stands before that (RULES F3).
  const aside = named?.trust === 'open' && stored?.trust === 'secret' ? undefined : named
  const isPending = aside?.replayed_at === null
  if (stored && !isPending && corrected === undefined) return stored.result
  if (!aside && !stored) throw new Refusal('not_found')
  const trust = aside?.trust ?? stored?.trust ?? 'open'
  const event =
    corrected === undefined ? readKept(aside) : withId(corrected, aside?.event_id ?? name)
  const text = toText(event)
  if (text === null) throw new Refusal('invalid_request', { detail: 'nested too deeply' })
  const [result] = await takeEvents(deps, {
    program: replayer.program,
    keyId: aside?.key_id ?? replayer.keyId,
    kind: trust === 'secret' ? 'secret' : 'publishable',
    network: replayer.network,
    bot: false,
    events: [event],
    sentAt: undefined,
    bytes: Buffer.byteLength(text),
  })
  if (!result) throw new Error('an event without a result')
  if (aside) {
    const now = new Date(deps.clock.now()).toISOString()
    await deps.store.transaction(({ db }) => markReplayed(db, programId, aside.id, now))
  }
  return result
}

async function storedFact(
  deps: Pick<Deps, 'store'>,
  programId: string,
  id: string,
): Promise<{ result: EventResult; trust: 'secret' | 'open' } | undefined> {
  const ids = [
    { trust: 'secret' as const, id },
    { trust: 'open' as const, id },
  ]
  const [row] = await factsById(deps.store.db, programId, ids)
  if (!row) return undefined
  const verdict = readStoredVerdict(row)
  const result: EventResult = { id, outcome: 'duplicate', ...(verdict ? { verdict } : {}) }
  return { result, trust: row.trust }
}

function readKept(aside: SetAsideRow | undefined): unknown {
  try {
    return JSON.parse(aside?.body ?? '')
  } catch {
    throw new Refusal('invalid_request', { detail: 'it was kept cut; send the corrected event' })
  }
}

/** A corrected event may leave its id out: it stays the same event. */
function withId(event: object, id: string): object {
  return 'id' in event || id.startsWith('sta_') ? event : { id, ...event }
}

/** Resolves a key, from the header or the body, to its program. */
import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { KnownKey } from '../services/directory.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { Refusal } from '../services/refusal.ts'
import { headerOf } from './node-request.ts'

export interface Caller extends KnownKey {
  program: ProgramConfig
}

/** The key in `Authorization: Bearer …`, if there is one. */
export function bearerKey(c: Context): string | undefined {
  const header = headerOf(c, 'authorization')
  if (header === undefined) return undefined
  return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? ''
}

/**
 * Finds the caller of a key. A key made a moment ago elsewhere is found too: a miss looks in the database.
 *
 * @throws Refusal `key_required`, or `unknown_key` after a definite look-up.
 */
export async function findCaller(deps: Deps, key: string | undefined): Promise<Caller> {
  if (key === undefined || key === '') throw new Refusal('key_required')
  let known = deps.directory.key(key)
  if (!known) {
    await deps.directory.refresh()
    known = deps.directory.key(key)
  }
  const program = known && deps.directory.program(known.programId)
  if (!known || !program) throw new Refusal('unknown_key')
  return { ...known, program }
}

/**
 * The caller of a route that needs a secret key.
 *
 * @throws Refusal `key_required`, `unknown_key`, `wrong_key_kind`.
 */
export async function requireSecret(deps: Deps, c: Context): Promise<Caller> {
  const caller = await findCaller(deps, bearerKey(c))
  if (caller.kind !== 'secret') {
    throw new Refusal('wrong_key_kind', { detail: 'this needs a secret key' })
  }
  return caller
}

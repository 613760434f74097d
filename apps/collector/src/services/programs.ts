/** Makes a program: its keys, its first group, its first policy (CONTRACT §3 `init`). */
import { randomBytes } from 'node:crypto'
import { newId, type Store } from '@sentby/store'
import { hashKey } from './directory.ts'
import { Refusal } from './refusal.ts'

export interface NewProgram {
  slug: string
  name: string
  currency: string
  timezone: string
  /** The first is where codes without a link lead; links may lead to any of them. */
  sites: readonly string[]
}

/** A program just made. The keys are shown once: only their hashes are kept. */
export interface MadeProgram {
  id: string
  slug: string
  publishableKey: string
  secretKey: string
  identitySecret: string
}

/**
 * Makes a program in an empty or running database.
 *
 * @throws Refusal `already_exists` when the slug is taken.
 */
export async function makeProgram(
  store: Store,
  input: NewProgram,
  nowMs: number,
): Promise<MadeProgram> {
  const id = newId('program', nowMs)
  const now = new Date(nowMs).toISOString()
  const identitySecret = `ids_${randomBytes(32).toString('base64url')}`
  const [site = ''] = input.sites
  const keys = [makeKey('publishable'), makeKey('secret')] as const
  await store.transaction(async (tx) => {
    const taken = await tx.db
      .selectFrom('program')
      .select('id')
      .where('slug', '=', input.slug)
      .executeTakeFirst()
    if (taken) throw new Refusal('already_exists', { detail: 'a program with this slug exists' })
    await tx.db
      .insertInto('program')
      .values({
        id,
        slug: input.slug,
        name: input.name,
        currency: input.currency,
        timezone: input.timezone,
        site,
        sites: JSON.stringify(input.sites.map((url) => new URL(url).origin)),
        hosts: '[]',
        settings: '{}',
        identity_secret: identitySecret,
        people_key: randomBytes(32).toString('base64url'),
        stamp_secret: randomBytes(32).toString('base64url'),
        revision: 1,
        decisions_revision: 0,
        created_at: now,
      })
      .execute()
    await tx.db
      .insertInto('api_key')
      .values(keys.map((key) => keyRow(id, key, now, nowMs)))
      .execute()
    await tx.db
      .insertInto('partner_group')
      .values({
        program_id: id,
        id: newId('group', nowMs),
        slug: 'default',
        name: 'Default',
        support: 0,
        created_at: now,
      })
      .execute()
    await tx.db
      .insertInto('policy')
      .values({ program_id: id, version: 1, from_at: null, body: '{}', created_at: now })
      .execute()
  })
  const [publishable, secret] = keys
  const publishableKey = publishable.text
  return { id, slug: input.slug, publishableKey, secretKey: secret.text, identitySecret }
}

export interface NewKey {
  kind: 'publishable' | 'secret'
  text: string
}

/** A key: prefix and 32 random bytes. */
export function makeKey(kind: NewKey['kind']): NewKey {
  const prefix = kind === 'secret' ? 'sk' : 'pk'
  return { kind, text: `${prefix}_${randomBytes(32).toString('base64url')}` }
}

/** How a key is kept: its hash, and a hint to tell it from others. */
export function keyRow(programId: string, key: NewKey, now: string, nowMs: number) {
  return {
    program_id: programId,
    id: newId('key', nowMs),
    kind: key.kind,
    hash: hashKey(key.text),
    hint: `${key.text.slice(0, 7)}…`,
    created_at: now,
    revoked_at: null,
  }
}

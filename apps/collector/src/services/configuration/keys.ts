/** Keys of a program. Several live at once, so that they rotate with an overlap. */
import type { KeyAnswer, NewKeyAnswer, Page } from '@sentby/contract'
import { type ApiKeyRow, insertKey, revokeKey } from '@sentby/store'
import { type PageRequest, pageInMemory } from '../paging.ts'
import { keyRow, makeKey } from '../programs.ts'
import { Refusal } from '../refusal.ts'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'

/** All keys, revoked ones too; a hint tells them apart. */
export async function listKeys(
  deps: ConfigureDeps,
  programId: string,
  page: PageRequest,
): Promise<Page<KeyAnswer>> {
  const program = await freshProgram(deps, programId)
  const { data, next } = pageInMemory(program.keys, (key) => key.id, page)
  return { data: data.map(toKey), next }
}

/** Adds a key. Its text is in this answer only: what is kept is a hash. */
export function addKey(
  deps: ConfigureDeps,
  programId: string,
  kind: 'publishable' | 'secret',
  retry?: Retry,
): Promise<Answer<NewKeyAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    const key = makeKey(kind)
    const row = keyRow(programId, key, change.now, change.nowMs)
    await change.revise(false)
    await insertKey(change.tx.db, row)
    return { status: 201, body: { ...toKey(row), key: key.text } }
  })
}

/**
 * Revokes a key: at once here, within a second on other collectors. A revoked one stays revoked.
 *
 * @throws Refusal `not_found`; `invalid_request` for the last secret key, which nobody could replace.
 */
export async function removeKey(
  deps: ConfigureDeps,
  programId: string,
  id: string,
): Promise<KeyAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, tx, now } = change
    const row = program.keys.find((key) => key.id === id)
    if (!row) throw new Refusal('not_found')
    if (row.revoked_at !== null) return { status: 200, body: toKey(row) }
    const isSecret = (key: ApiKeyRow) => key.kind === 'secret' && key.revoked_at === null
    if (isSecret(row) && program.keys.filter(isSecret).length === 1) {
      throw new Refusal('invalid_request', { detail: 'add another secret key first' })
    }
    await change.revise(false)
    await revokeKey(tx.db, programId, id, now)
    return { status: 200, body: toKey({ ...row, revoked_at: now }) }
  })
  return answer.body
}

function toKey(row: ApiKeyRow): KeyAnswer {
  const { id, kind, hint } = row
  return { id, kind, hint, createdAt: row.created_at, revokedAt: row.revoked_at }
}

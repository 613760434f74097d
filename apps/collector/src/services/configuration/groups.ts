import type { GroupAnswer, GroupChange, GroupInput, Page } from '@sentby/contract'
import { insertGroup, newId, type PartnerGroupRow, updateGroup } from '@sentby/store'
import { type PageRequest, pageInMemory } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from './change.ts'

/**
 * Makes a group of partners.
 *
 * @throws Refusal `already_exists` when the slug is taken.
 */
export function makeGroup(
  deps: ConfigureDeps,
  programId: string,
  input: GroupInput,
  retry?: Retry,
): Promise<Answer<GroupAnswer>> {
  return changeConfiguration(deps, programId, retry, async (change) => {
    if (change.program.groups.some((group) => group.slug === input.slug)) {
      throw new Refusal('already_exists', { detail: 'a group with this slug exists' })
    }
    await change.revise(false)
    const row: PartnerGroupRow = {
      program_id: programId,
      id: newId('group', change.nowMs),
      slug: input.slug,
      name: input.name ?? input.slug,
      support: input.support === true ? 1 : 0,
      created_at: change.now,
    }
    await insertGroup(change.tx.db, row)
    return { status: 201, body: toGroup(row) }
  })
}

/**
 * Changes a group, named by its slug or its id.
 *
 * @throws Refusal `not_found`.
 */
export async function changeGroup(
  deps: ConfigureDeps,
  programId: string,
  name: string,
  input: GroupChange,
): Promise<GroupAnswer> {
  const { body } = await changeConfiguration(deps, programId, undefined, async (change) => {
    const known = findGroup(change.program, name)
    if (!known) throw new Refusal('not_found')
    await change.revise(false)
    const row: PartnerGroupRow = {
      ...known,
      name: input.name ?? known.name,
      support: input.support === undefined ? known.support : input.support ? 1 : 0,
    }
    await updateGroup(change.tx.db, row)
    return { status: 200, body: toGroup(row) }
  })
  return body
}

export async function listGroups(
  deps: ConfigureDeps,
  programId: string,
  page: PageRequest,
): Promise<Page<GroupAnswer>> {
  const program = await freshProgram(deps, programId)
  const { data, next } = pageInMemory(program.groups, (group) => group.id, page)
  return { data: data.map(toGroup), next }
}

/**
 * The group of a slug or an id; without either `default`, or the first.
 *
 * @throws Refusal `invalid_request` at `/group` when there is none.
 */
export function groupOf(program: ProgramConfig, name: string | undefined): PartnerGroupRow {
  const wanted = name ?? 'default'
  const found = findGroup(program, wanted) ?? (name === undefined ? program.groups[0] : undefined)
  if (found) return found
  throw new Refusal('invalid_request', {
    errors: [{ pointer: '/group', detail: 'no group has this slug or id' }],
  })
}

/** By slug, else by id. */
export function findGroup(program: ProgramConfig, name: string): PartnerGroupRow | undefined {
  return (
    program.groups.find((group) => group.slug === name) ??
    program.groups.find((group) => group.id === name)
  )
}

function toGroup(row: PartnerGroupRow): GroupAnswer {
  const { id, slug, name, support, created_at } = row
  return { id, slug, name, support: support === 1, createdAt: created_at }
}

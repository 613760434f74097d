/** A program with partners and codes, written before any collector runs. */

import { type MadeProgram, makeProgram } from '../../apps/collector/src/services/programs.ts'
import { migrate, openStore, type Store } from '../../packages/store/src/index.ts'

/** Codes of as many partners, each with a link to the program's site. */
export const CODES = ['ANN', 'BEN', 'CAT', 'DAN'] as const

/** Makes the program `acme` with a partner for each of {@link CODES}; a partner's id is `ptr_<code>`. */
export async function makeAcme(databaseUrl: string): Promise<MadeProgram> {
  const store = openStore(databaseUrl)
  try {
    await migrate(store.db, store.engine === 'postgres')
    const sites = ['https://acme.test/']
    const input = { slug: 'acme', name: 'Acme', currency: 'EUR', timezone: 'UTC', sites }
    const made = await makeProgram(store, input, Date.now())
    for (const code of CODES) await addPartner(store, made.id, code, 1)
    return made
  } finally {
    await store.close()
  }
}

/** Writes a partner, active from the beginning of time, with one code. */
export async function addPartner(
  store: Pick<Store, 'db'>,
  programId: string,
  code: string,
  revision: number,
): Promise<void> {
  const { db } = store
  const group = await db
    .selectFrom('partner_group')
    .select('id')
    .where('program_id', '=', programId)
    .executeTakeFirstOrThrow()
  const base = { program_id: programId, created_at: new Date().toISOString(), revision }
  const id = `ptr_${code}`
  await db
    .insertInto('partner')
    .values({
      ...base,
      id,
      email: `${code.toLowerCase()}@partner.test`,
      name: code,
      group_id: group.id,
      customer: null,
      payout: null,
      shows_name: 1,
    })
    .execute()
  await db
    .insertInto('partner_change')
    .values({
      ...base,
      partner_id: id,
      id: `chg_${code}`,
      field: 'status',
      value: 'active',
      from_at: null,
    })
    .execute()
  await db
    .insertInto('code')
    .values({
      ...base,
      code,
      partner_id: id,
      origin: 'vendor',
      is_primary: 1,
      from_at: null,
      until_at: null,
    })
    .execute()
}

/** The vendor's dated configuration. Rows carry the revision of their last change, so that caches read only news. */
import type { Kysely } from 'kysely'
import type {
  ApiKeyRow,
  ArtifactRow,
  CodeRow,
  DownloadRevocationRow,
  LinkRow,
  PartnerChangeRow,
  PartnerGroupRow,
  PartnerRow,
  PolicyRow,
  ProductRow,
  ProgramRow,
  Tables,
  TermsRow,
} from '../tables.ts'
import { termsOfProgram } from './terms.ts'
import { type WantedWebhook, wantedWebhooks } from './webhooks.ts'

type Db = Kysely<Tables>

/** Every program's revision; what a collector asks twice a second. */
export function programRevisions(db: Db): Promise<{ id: string; revision: number }[]> {
  return db.selectFrom('program').select(['id', 'revision']).execute()
}

export function programById(db: Db, id: string): Promise<ProgramRow | undefined> {
  return db.selectFrom('program').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Configuration that changed after a revision; small tables come whole. */
export interface ConfigurationNews {
  program: ProgramRow
  keys: ApiKeyRow[]
  groups: PartnerGroupRow[]
  policies: PolicyRow[]
  partners: PartnerRow[]
  changes: PartnerChangeRow[]
  codes: CodeRow[]
  links: LinkRow[]
  products: ProductRow[]
  artifacts: ArtifactRow[]
  revocations: DownloadRevocationRow[]
  webhooks: WantedWebhook[]
  terms: TermsRow[]
}

/** What changed in a program after `since` (-1: everything), or `undefined` when there is no such program. */
export async function configurationSince(
  db: Db,
  programId: string,
  since: number,
): Promise<ConfigurationNews | undefined> {
  const program = await programById(db, programId)
  if (!program) return undefined
  const keys = db.selectFrom('api_key').selectAll().where('program_id', '=', programId)
  const groups = db.selectFrom('partner_group').selectAll().where('program_id', '=', programId)
  const policies = db.selectFrom('policy').selectAll().where('program_id', '=', programId)
  const partners = db.selectFrom('partner').selectAll().where('program_id', '=', programId)
  const changes = db.selectFrom('partner_change').selectAll().where('program_id', '=', programId)
  const codes = db.selectFrom('code').selectAll().where('program_id', '=', programId)
  const links = db.selectFrom('link').selectAll().where('program_id', '=', programId)
  const products = db.selectFrom('product').selectAll().where('program_id', '=', programId)
  const artifacts = db.selectFrom('artifact').selectAll().where('program_id', '=', programId)
  const revocations = db
    .selectFrom('download_revocation')
    .selectAll()
    .where('program_id', '=', programId)
  return {
    program,
    keys: await keys.execute(),
    groups: await groups.execute(),
    policies: await policies.orderBy('version').execute(),
    partners: await partners.where('revision', '>', since).execute(),
    changes: await changes
      .where('revision', '>', since)
      .orderBy('revision')
      .orderBy('id')
      .execute(),
    codes: await codes.where('revision', '>', since).execute(),
    links: await links.where('revision', '>', since).execute(),
    products: await products.where('revision', '>', since).execute(),
    artifacts: await artifacts
      .where('revision', '>', since)
      .orderBy('revision')
      .orderBy('id')
      .execute(),
    revocations: await revocations.where('revision', '>', since).execute(),
    webhooks: await wantedWebhooks(db, programId),
    terms: await termsOfProgram(db, programId),
  }
}

/**
 * Raises the program's revision; call it first in a transaction that changes configuration, under
 * `lockProgram(…, 'exclusive')`.
 *
 * @param decisions whether decisions already made can change.
 * @returns the new revision, for the rows that change.
 */
export async function raiseRevision(
  db: Db,
  programId: string,
  decisions: boolean,
): Promise<number> {
  const row = await db
    .updateTable('program')
    .set((set) => ({
      revision: set('revision', '+', 1),
      ...(decisions ? { decisions_revision: set('revision', '+', 1) } : {}),
    }))
    .where('id', '=', programId)
    .returning('revision')
    .executeTakeFirstOrThrow()
  return row.revision
}

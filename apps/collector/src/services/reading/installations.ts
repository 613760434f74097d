/** Installations as the vendor reads them: who is credited, and what each is (CONTRACT §4.3). */
import type {
  InstallationAnswer,
  InstallationCreditAnswer,
  InstallationsQuery,
  Page,
} from '@sentby/contract'
import { type InstallationRow, installationsPage, undecidedInstallations } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import {
  type DecidedInstallation,
  decideInstallationsInTurns,
  readInstallationDecision,
} from '../credit/read-installation.ts'
import { pageFrom, readCursor } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { partnerName } from './credit.ts'

/** Decisions made anew before a list that depends on them; further ones follow by the job within seconds. */
const DECIDED_AT_ONCE = 500

type ReadDeps = Pick<Deps, 'store' | 'directory' | 'clock'>

/** Installations by id, with the filters of the list. */
export async function listInstallations(
  deps: ReadDeps,
  programId: string,
  query: InstallationsQuery,
): Promise<Page<InstallationAnswer>> {
  const { product, partner, download, conflict, copies, limit } = query
  const [after] = readCursor(query.cursor, 1) ?? []
  const program = await freshProgram(deps, programId)
  const { db } = deps.store
  const filter = { product, partner, download, contested: conflict, copies, after }
  const read = () => installationsPage(db, programId, { ...filter, limit: limit + 1 })
  const revision = program.row.decisions_revision
  if (partner !== undefined || conflict !== undefined) {
    const stale = await undecidedInstallations(db, programId, revision, DECIDED_AT_ONCE)
    if (stale.length > 0) await decideInstallationsInTurns(deps, programId, stale)
  }
  let rows = await read()
  const stale = rows.filter((row) => row.revision < revision)
  if (stale.length > 0) {
    const ids = stale.map((row) => row.id)
    await decideInstallationsInTurns(deps, programId, ids)
    rows = await read()
  }
  const { data, next } = pageFrom(rows, limit, (row) => [row.id])
  return { data: data.map((row) => toInstallation(program, row)), next }
}

/**
 * One installation.
 *
 * @throws Refusal `not_found` when it never reported itself.
 */
export async function readInstallation(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<InstallationAnswer> {
  const program = await freshProgram(deps, programId)
  return toInstallation(program, (await decidedOrRefuse(deps, programId, id)).row)
}

/**
 * Who is credited with an installation, and why.
 *
 * @throws Refusal `not_found` when it never reported itself.
 */
export async function readInstallationCredit(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<InstallationCreditAnswer> {
  const program = await freshProgram(deps, programId)
  const { decision } = await decidedOrRefuse(deps, programId, id)
  const { credited, reason, anchor, settlesAt, more } = decision
  return {
    installation: id,
    credited: credited && {
      partner: partnerName(program, credited.partner),
      code: credited.code,
      evidence: credited.evidence,
    },
    reason,
    provisional: null,
    conflict: decision.contested,
    anchor,
    settlesAt,
    policy: { version: decision.policyVersion },
    candidates: [...decision.candidates],
    more,
    unknownCodes: [...decision.unknownCodes],
  }
}

async function decidedOrRefuse(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<DecidedInstallation> {
  const decided = await readInstallationDecision(deps, programId, id)
  if (!decided) throw new Refusal('not_found', { detail: 'no installation has this id' })
  return decided
}

function toInstallation(program: ProgramConfig, row: InstallationRow): InstallationAnswer {
  return {
    id: row.id,
    ref: row.ref,
    product: row.product_id,
    version: row.version,
    partner: row.partner_id === null ? null : partnerName(program, row.partner_id),
    code: row.code,
    reason: row.reason,
    conflict: row.contested === 1,
    download: row.download_id,
    copyOf: row.copy_of,
    ephemeral: row.ephemeral === 1,
    counted: row.copy_of === null && row.ephemeral === 0,
    anchor: row.anchor,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
  }
}

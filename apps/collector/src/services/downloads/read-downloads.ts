/** Stamped downloads as the vendor reads and revokes them (CONTRACT §4.3). */
import type {
  DownloadAnswer,
  DownloadsQuery,
  Page,
  RevocationAnswer,
  RevocationInput,
} from '@sentby/contract'
import {
  type DownloadRevocationRow,
  type DownloadRow,
  downloadById,
  downloadsPage,
  insertDownloadRevocation,
  installationsOfDownloads,
  isInstalledFrom,
} from '@sentby/store'
import { type ConfigureDeps, changeConfiguration, freshProgram } from '../configuration/change.ts'
import { pageFrom, readCursor } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'

/** Downloads, the oldest first, each with how many installations it has. */
export async function listDownloads(
  deps: ConfigureDeps,
  programId: string,
  { product, partner, code, limit, cursor }: DownloadsQuery,
): Promise<Page<DownloadAnswer>> {
  const program = await freshProgram(deps, programId)
  const [after] = readCursor(cursor, 1) ?? []
  const { db } = deps.store
  const rows = await downloadsPage(db, programId, {
    product,
    codes: codesFor(program, partner, code),
    after,
    limit: limit + 1,
  })
  const { data, next } = pageFrom(rows, limit, (row) => [row.id])
  const ids = data.map((row) => row.id)
  const installations = await installationsOfDownloads(db, programId, ids)
  const answers = data.map((row) => toDownload(program, row, installations.get(row.id) ?? 0))
  return { data: answers, next }
}

/**
 * Revokes a download: installations from its stamp count no more from then on, and those that counted are decided
 * again. Dated and never undone (RULES F5).
 *
 * @returns the revocation; the first one where there is one already.
 * @throws Refusal `not_found` when neither a download nor an installation has this id.
 */
export async function revokeDownload(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  input: RevocationInput,
): Promise<RevocationAnswer> {
  const answer = await changeConfiguration(deps, programId, undefined, async (change) => {
    const { program, tx, now } = change
    const known = program.revocations.get(id)
    if (known) return { status: 200, body: toRevocation(known) }
    const isKnown =
      (await downloadById(tx.db, programId, id)) ?? (await isInstalledFrom(tx.db, programId, id))
    if (!isKnown) throw new Refusal('not_found', { detail: 'no download has this id' })
    const row: DownloadRevocationRow = {
      program_id: programId,
      download_id: id,
      from_at: input.from ?? now,
      reason: input.reason,
      created_at: now,
      revision: await change.revise(true),
    }
    await insertDownloadRevocation(tx.db, row)
    return { status: 200, body: toRevocation(row) }
  })
  return answer.body
}

/** The codes that a list is about; `undefined`: all of them. */
function codesFor(
  program: ProgramConfig,
  partner: string | undefined,
  code: string | undefined,
): string[] | undefined {
  if (partner === undefined) return code === undefined ? undefined : [code]
  const codes = [...program.codes.values()].filter((row) => row.partner_id === partner)
  return codes.map((row) => row.code).filter((own) => code === undefined || own === code)
}

function toDownload(
  program: ProgramConfig,
  row: DownloadRow,
  installations: number,
): DownloadAnswer {
  const revocation = program.revocations.get(row.id)
  const artifact = findArtifact(program, row)
  return {
    id: row.id,
    product: row.product_id,
    artifact: artifact?.id ?? null,
    file: artifact?.file ?? null,
    code: row.code,
    partner: program.codes.get(row.code)?.partner_id ?? null,
    source: row.source,
    visitor: row.visitor,
    at: row.at,
    installations,
    revoked: revocation ? withoutId(toRevocation(revocation)) : null,
  }
}

function findArtifact(program: ProgramConfig, { artifact_id }: DownloadRow) {
  for (const rows of program.artifacts.values()) {
    for (const row of rows) if (row.id === artifact_id) return row
  }
  return undefined
}

function toRevocation(row: DownloadRevocationRow): RevocationAnswer {
  const { download_id, from_at, reason, created_at } = row
  return { download: download_id, from: from_at, reason, createdAt: created_at }
}

function withoutId({ download: _, ...rest }: RevocationAnswer): Omit<RevocationAnswer, 'download'> {
  return rest
}

/** Reads an installation's decision; one that is older than the configuration is made anew first. */
import type { InstallationDecision } from '@sentby/domain'
import { type InstallationRow, installationsById, stillUndecided } from '@sentby/store'
import { decideInstallations } from './decide-installations.ts'
import type { DecideDeps } from './read-decision.ts'

/** How long one transaction decides. */
const PIECE_MS = 50

/**
 * Decides installations that were found undecided, in a transaction of its own, as their one writer (RULES F6). What
 * another collector has decided meanwhile stays as it is.
 *
 * @param budgetMs after so long no further ones are begun.
 * @returns how many were decided.
 */
export function decideInstallationsNow(
  deps: DecideDeps,
  programId: string,
  installs: readonly string[],
  budgetMs?: number,
): Promise<number> {
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    const program = await deps.directory.within(tx, programId)
    await tx.lockSubjects(
      programId,
      installs.map((install) => `install:${install}`),
    )
    const now = deps.clock.now()
    const revision = program.row.decisions_revision
    const left = await stillUndecided(tx.db, programId, revision, installs)
    const { decisions } = await decideInstallations(tx, program, left, now, budgetMs)
    return decisions.size
  })
}

/**
 * Decides undecided installations piece by piece, so that others have their turn: whoever knows ids of installations
 * chooses how many are asked for at once, and how much there is to read for each.
 *
 * @param budgetMs after so long no further piece is begun; at least one installation is decided.
 */
export async function decideInstallationsInTurns(
  deps: DecideDeps,
  programId: string,
  installs: readonly string[],
  budgetMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const until = performance.now() + budgetMs
  for (let left = installs.length; left > 0; ) {
    const decided = await decideInstallationsNow(deps, programId, installs, PIECE_MS)
    left = decided === 0 || performance.now() > until ? 0 : left - decided
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** An installation's row with its decision read. */
export interface DecidedInstallation {
  row: InstallationRow
  decision: InstallationDecision
  /** Time ran out before it was decided again. */
  isStale: boolean
}

/**
 * The present decisions about installations; those that no `install` names are left out.
 *
 * @param budgetMs after so long no further ones are decided.
 */
export async function readInstallationDecisions(
  deps: DecideDeps,
  programId: string,
  installs: readonly string[],
  budgetMs?: number,
): Promise<Map<string, DecidedInstallation>> {
  const { db } = deps.store
  let rows = await installationsById(db, programId, installs)
  const revision = deps.directory.program(programId)?.row.decisions_revision ?? 0
  const isStale = (row: InstallationRow) => row.revision < revision
  const stale = rows.filter(isStale)
  if (stale.length > 0) {
    const ids = stale.map(({ id }) => id)
    await decideInstallationsInTurns(deps, programId, ids, budgetMs)
    rows = await installationsById(db, programId, installs)
  }
  return new Map(
    rows.map((row) => [
      row.id,
      {
        row,
        decision: JSON.parse(row.decision) as InstallationDecision,
        isStale: isStale(row),
      },
    ]),
  )
}

/** The present decision about an installation, or `undefined` when no `install` names it. */
export async function readInstallationDecision(
  deps: DecideDeps,
  programId: string,
  install: string,
): Promise<DecidedInstallation | undefined> {
  return (await readInstallationDecisions(deps, programId, [install])).get(install)
}

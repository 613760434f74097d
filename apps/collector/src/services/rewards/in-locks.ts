/** Transactions that settle rewards hold the locks of every partner concerned (RULES F6). */
import type { Tx } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { MissingLocks } from '../ingest/reach.ts'
import type { ProgramConfig } from '../program-config.ts'
import { concernedBy, type Scope } from './load-scene.ts'
import { type SettleOptions, settleRewards } from './settle-rewards.ts'

export type SettleDeps = Pick<Deps, 'store' | 'directory' | 'clock'>

const MAX_TRIES = 8

/** Inside a transaction that holds its locks. */
export interface Locked {
  tx: Tx
  program: ProgramConfig
  nowMs: number
  settle(scope: Scope, options?: Partial<SettleOptions>): Promise<void>
}

/**
 * Runs `work` in one transaction as the one writer of the scope's customers and of all partners concerned by them. Where
 * more are concerned than were seen, it begins anew with these.
 */
export async function inLocks<T>(
  deps: SettleDeps,
  programId: string,
  scope: Scope,
  work: (locked: Locked) => Promise<T>,
  known: ReadonlySet<string> = new Set(),
  tries = 0,
): Promise<T> {
  try {
    return await deps.store.transaction(async (tx) => {
      await tx.lockProgram(programId, 'shared')
      const program = await deps.directory.within(tx, programId)
      const { partners } = await concernedBy(tx.db, programId, scope.customers)
      const subjects = new Set(known)
      for (const customer of scope.customers) subjects.add(`customer:${customer}`)
      for (const partner of [...partners, ...scope.partners]) subjects.add(`partner:${partner}`)
      await tx.lockSubjects(programId, subjects)
      const nowMs = deps.clock.now()
      const requirePartners = requireLocked(tx, subjects)
      return work({
        tx,
        program,
        nowMs,
        settle: (own, options = {}) =>
          settleRewards(tx, program, own, { nowMs, requirePartners, ...options }),
      })
    })
  } catch (error) {
    if (!(error instanceof MissingLocks) || tries >= MAX_TRIES) throw error
    return inLocks(deps, programId, scope, work, error.subjects, tries + 1)
  }
}

/** Throws {@link MissingLocks} where a partner is not among the locked subjects. */
function requireLocked(
  { isSoleWriter }: Pick<Tx, 'isSoleWriter'>,
  subjects: ReadonlySet<string>,
): (partners: Iterable<string>) => void {
  return (partners) => {
    if (isSoleWriter) return
    const missing = [...partners].map((id) => `partner:${id}`).filter((id) => !subjects.has(id))
    if (missing.length > 0) throw new MissingLocks(new Set([...subjects, ...missing]))
  }
}

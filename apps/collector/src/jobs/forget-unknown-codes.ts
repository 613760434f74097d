/** Forgets unknown codes after 30 days (RULES S1): a code made later than that no longer finds who named it. */
import { forgetUnknownCodesBefore } from '@sentby/store'
import type { Deps } from '../deps.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 60 * 60 * 1000
const KEPT_MS = 30 * 24 * 60 * 60 * 1000
/** Small enough not to hold events up. */
const ROWS_AT_ONCE = 1000

/** Starts the job. */
export function startForgetting(deps: Deps): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'forgetting waits',
    everyMs: EVERY_MS,
    run: (isStopped) => forgetUnknownCodes(deps, isStopped),
  })
}

/**
 * Forgets what was named more than 30 days ago.
 *
 * @returns how many rows were forgotten.
 */
export async function forgetUnknownCodes(
  deps: Pick<Deps, 'store' | 'directory' | 'clock'>,
  isStopped: () => boolean = () => false,
): Promise<number> {
  const before = new Date(deps.clock.now() - KEPT_MS).toISOString()
  let forgotten = 0
  for (const { row } of deps.directory.programs()) {
    while (!isStopped()) {
      const rows = await deps.store.transaction(({ db }) =>
        forgetUnknownCodesBefore(db, row.id, before, ROWS_AT_ONCE),
      )
      forgotten += rows
      if (rows < ROWS_AT_ONCE) break
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return forgotten
}

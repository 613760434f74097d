/** Closes batches of payouts on their days; safe on any number of collectors. */
import type { Deps } from '../deps.ts'
import { closeDue } from '../services/payouts/close-due.ts'
import type { SettleDeps } from '../services/rewards/in-locks.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 30_000

/** Starts the job; programs without a calendar cost nothing. */
export function startPayouts(deps: SettleDeps & Pick<Deps, 'log'>): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'payouts wait',
    everyMs: EVERY_MS,
    run: (isStopped) => runPayouts(deps, isStopped),
  })
}

/**
 * Closes everything that is due now.
 *
 * @returns how many payouts were closed.
 */
export async function runPayouts(
  deps: SettleDeps,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let closed = 0
  for (const program of [...deps.directory.programs()]) {
    if (isStopped()) break
    closed += await closeDue(deps, program)
  }
  return closed
}

/** Computes rewards that were left for later and those whose time has come; safe on any number of collectors. */
import { maturedRewards } from '@sentby/store'
import type { Deps } from '../deps.ts'
import type { SettleDeps } from '../services/rewards/in-locks.ts'
import { reviewRewards } from '../services/rewards/review-rewards.ts'
import { settleExpected, settleStale } from '../services/rewards/settle-stale.ts'
import { runCalendar } from './calendar.ts'
import { startTimed } from './timed-job.ts'

const EVERY_MS = 1000
const AT_ONCE = 200
/** As reviews name who decided. */
const ACTOR = 'sentby'

type JobDeps = SettleDeps & Pick<Deps, 'log'>

/** What was done in one run. */
export interface RewardsRun {
  /** Customers and partners computed that were left for later. */
  stale: number
  /** Expected rewards whose time had come. */
  earned: number
  /** Rewards that approved themselves. */
  approved: number
}

/** Starts the job. */
export function startRewards(deps: JobDeps): { stop(): Promise<void> } {
  return startTimed(deps, {
    failing: 'rewards wait',
    everyMs: EVERY_MS,
    run: (isStopped) => runAll(deps, isStopped),
  })
}

async function runAll(deps: JobDeps, isStopped: () => boolean): Promise<void> {
  await runRewards(deps, isStopped)
  if (!isStopped()) await runCalendar(deps)
}

/** Does everything that is due now, in every program that has terms. */
export async function runRewards(
  deps: SettleDeps,
  isStopped: () => boolean = () => false,
): Promise<RewardsRun> {
  const run: RewardsRun = { stale: 0, earned: 0, approved: 0 }
  for (const { row, terms } of [...deps.directory.programs()]) {
    if (terms.size === 0 || isStopped()) continue
    run.stale += await settleStale(deps, row.id, Number.POSITIVE_INFINITY, isStopped)
    run.earned += await settleExpected(deps, row.id, isStopped)
    run.approved += await approveMatured(deps, row.id, isStopped)
  }
  return run
}

/** Approves what the terms let approve itself, from the end of its hold on; never what is in doubt (RULES A4). */
async function approveMatured(
  deps: SettleDeps,
  programId: string,
  isStopped: () => boolean,
): Promise<number> {
  let approved = 0
  while (!isStopped()) {
    const now = new Date(deps.clock.now()).toISOString()
    const rows = await maturedRewards(deps.store.db, programId, now, AT_ONCE)
    if (rows.length === 0) break
    const rewards = rows.map(({ id, amount }) => ({ id, amount }))
    const { results } = await reviewRewards(deps, programId, { rewards, status: 'approved' }, ACTOR)
    const done = results.filter(({ outcome }) => outcome === 'done').length
    approved += done
    if (done === 0) break
  }
  return approved
}

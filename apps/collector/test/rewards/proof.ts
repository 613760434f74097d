/** What must hold of the money of a program at any time. */
import { expect } from 'vitest'
import { checkRewards, foundBy } from '../../src/services/rewards/check-rewards.ts'
import { settleBeforeReading } from '../../src/services/rewards/settle-stale.ts'
import type { World } from './world.ts'

/** Posted + proposed = due, computed anew; the ledger is zero; balances are entries are rewards (RULES M1). */
export async function provesItself({ collector }: World): Promise<void> {
  const { deps, program } = collector
  await settleBeforeReading(deps, program.id, 60_000)
  const now = new Date(deps.clock.now()).toISOString()
  const config = deps.directory.program(program.id)
  if (!config) throw new Error('no program')
  const check = await checkRewards(deps.store.db, config, now)
  expect({ ...check, found: foundBy(check) }).toMatchObject({
    unbalanced: [],
    balancesUnlikeLedger: [],
    balancesUnlikeRewards: [],
    withoutPostings: [],
    unlikeFacts: [],
    waiting: 0,
    found: 0,
  })
}

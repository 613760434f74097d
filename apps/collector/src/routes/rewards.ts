import {
  balancesQuery,
  proposalDecision,
  proposalsQuery,
  reviewInput,
  rewardsQuery,
  termsInput,
} from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readBody, readQuery } from '../middleware/request.ts'
import { decideProposalById } from '../services/rewards/decide-proposal.ts'
import { listBalances, readBalance } from '../services/rewards/read-balances.ts'
import {
  listProposals,
  listRewards,
  readCustomerRewards,
  readReward,
  readUnreviewed,
} from '../services/rewards/read-rewards.ts'
import { reviewRewards } from '../services/rewards/review-rewards.ts'
import { makeTerms, readTerms } from '../services/rewards/terms.ts'

/** Terms, `/v1/rewards`, their review, `/v1/proposals`, balances (CONTRACT §4.3, §4.4). */
export function rewardRoutes(deps: Deps): Hono {
  const app = new Hono()
  addTerms(app, deps)
  addRewards(app, deps)
  addProposals(app, deps)
  app.get('/v1/customers/:id/rewards', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readCustomerRewards(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/balances', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listBalances(deps, programId, readQuery(c, balancesQuery)))
  })
  app.get('/v1/partners/:id/balance', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readBalance(deps, programId, pathPart(c, 'id')))
  })
  return app
}

function addTerms(app: Hono, deps: Deps): void {
  app.get('/v1/groups/:group/terms', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readTerms(deps, programId, pathPart(c, 'group')))
  })
  app.put('/v1/groups/:group/terms', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const input = await readBody(c, termsInput)
    return c.json(await makeTerms(deps, programId, pathPart(c, 'group'), input, keyId))
  })
}

function addRewards(app: Hono, deps: Deps): void {
  app.get('/v1/rewards', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listRewards(deps, programId, readQuery(c, rewardsQuery)))
  })
  app.post('/v1/rewards/review', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const input = await readBody(c, reviewInput, REVIEW_BYTES)
    return c.json(await reviewRewards(deps, programId, input, keyId))
  })
  app.get('/v1/rewards/unreviewed', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readUnreviewed(deps, programId))
  })
  app.get('/v1/rewards/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readReward(deps, programId, pathPart(c, 'id')))
  })
}

/** A thousand rewards with their ids. */
const REVIEW_BYTES = 256 * 1024

function addProposals(app: Hono, deps: Deps): void {
  app.get('/v1/proposals', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listProposals(deps, programId, readQuery(c, proposalsQuery)))
  })
  app.post('/v1/proposals/:id', async (c) => {
    const { programId, keyId } = await requireSecret(deps, c)
    const input = await readBody(c, proposalDecision)
    return c.json(await decideProposalById(deps, programId, pathPart(c, 'id'), input, keyId))
  })
}

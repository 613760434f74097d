import { leadAcceptance, leadInput, leadRefusal, leadsQuery } from '@sentby/contract'
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readBody, readOptionalBody, readQuery, retryOf } from '../middleware/request.ts'
import { decideLead } from '../services/leads/decide-lead.ts'
import { listLeads, readLeadDetail } from '../services/leads/read-leads.ts'
import type { LeadSender } from '../services/leads/send-lead.ts'
import { submitLead } from '../services/leads/submit-lead.ts'

/** `/v1/leads` (CONTRACT §4.3). */
export function leadRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/leads', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listLeads(deps, programId, readQuery(c, leadsQuery)))
  })
  app.post('/v1/leads', async (c) => {
    const sender = await senderOf(deps, c)
    const input = await readBody(c, leadInput)
    const { status, body } = await submitLead(deps, sender, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.get('/v1/leads/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readLeadDetail(deps, programId, pathPart(c, 'id')))
  })
  app.post('/v1/leads/:id/accept', async (c) => {
    const sender = await senderOf(deps, c)
    const input = (await readOptionalBody(c, leadAcceptance)) ?? leadAcceptance.parse({})
    const decision = { status: 'accepted', ...input } as const
    return c.json(await decideLead(deps, sender, pathPart(c, 'id'), decision))
  })
  app.post('/v1/leads/:id/decline', async (c) => {
    const sender = await senderOf(deps, c)
    const input = await readBody(c, leadRefusal)
    const decision = { status: 'declined', ...input } as const
    return c.json(await decideLead(deps, sender, pathPart(c, 'id'), decision))
  })
  return app
}

async function senderOf(deps: Deps, c: Context): Promise<LeadSender> {
  const { program, keyId } = await requireSecret(deps, c)
  return { program, keyId, network: clientNetwork(c, deps.config.trustProxy) }
}

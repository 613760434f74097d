import { codeQuestion } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { bearerKey, findCaller } from '../middleware/auth.ts'
import { allowAnyOrigin, preflight } from '../middleware/cors.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readQuery } from '../middleware/request.ts'
import { answerCodeQuestion } from '../services/reading/code-question.ts'
import { Refusal } from '../services/refusal.ts'

/** `GET /v1/codes/{code}?key=pk_…`: public, 200 both ways (CONTRACT §4.2). */
export function codeRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.options('/v1/codes/:code', (c) => preflight(c, 'GET'))
  app.get('/v1/codes/:code', async (c) => {
    const { key } = readQuery(c, codeQuestion)
    const bearer = bearerKey(c)
    const { programId, keyId, kind } = await findCaller(deps, bearer ?? key)
    if (bearer === undefined && kind === 'secret') {
      // Addresses stand in the logs of proxies and in histories.
      throw new Refusal('wrong_key_kind', { detail: 'no secret key in an address: send a header' })
    }
    const network = clientNetwork(c, deps.config.trustProxy)
    const asker = { programId, keyId, kind, network }
    const answer = await answerCodeQuestion(deps, asker, pathPart(c, 'code'))
    allowAnyOrigin(c)
    c.header('cache-control', 'no-store')
    return c.json(answer)
  })
  return app
}

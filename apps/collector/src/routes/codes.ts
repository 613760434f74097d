import { codeQuestion } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { bearerKey, findCaller } from '../middleware/auth.ts'
import { allowAnyOrigin, preflight } from '../middleware/cors.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readQuery } from '../middleware/request.ts'
import { answerCodeQuestion } from '../services/reading/code-question.ts'

/** `GET /v1/codes/{code}?key=pk_…`: public, 200 both ways (CONTRACT §4.2). */
export function codeRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.options('/v1/codes/:code', (c) => preflight(c, 'GET'))
  app.get('/v1/codes/:code', async (c) => {
    const { key } = readQuery(c, codeQuestion)
    const { programId, keyId, kind } = await findCaller(deps, bearerKey(c) ?? key)
    const network = clientNetwork(c, deps.config.trustProxy)
    const asker = { programId, keyId, kind, network }
    const answer = await answerCodeQuestion(deps, asker, pathPart(c, 'code'))
    allowAnyOrigin(c)
    c.header('cache-control', 'no-store')
    return c.json(answer)
  })
  return app
}

import { keyInput, pageQuery, policyInput, programChange } from '@sentby/contract'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readBody, readQuery, retryOf } from '../middleware/request.ts'
import { addKey, listKeys, removeKey } from '../services/configuration/keys.ts'
import { makePolicy, readPolicy } from '../services/configuration/policies.ts'
import { changeProgram, readProgram } from '../services/configuration/program-settings.ts'

const page = z.strictObject(pageQuery)

/** `/v1/program`, its policy, `/v1/keys` (CONTRACT §4.3). */
export function programRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/program', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readProgram(deps, programId))
  })
  app.patch('/v1/program', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await changeProgram(deps, programId, await readBody(c, programChange)))
  })
  app.get('/v1/program/policy', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readPolicy(deps, programId))
  })
  app.put('/v1/program/policy', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await makePolicy(deps, programId, await readBody(c, policyInput)))
  })
  app.get('/v1/keys', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listKeys(deps, programId, readQuery(c, page)))
  })
  app.post('/v1/keys', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, keyInput)
    const { status, body } = await addKey(deps, programId, input.kind, retryOf(c, input))
    c.header('cache-control', 'no-store')
    return c.json(body, status)
  })
  app.delete('/v1/keys/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await removeKey(deps, programId, pathPart(c, 'id')))
  })
  return app
}

import {
  codeInput,
  groupChange,
  groupInput,
  linkInput,
  linksQuery,
  pageQuery,
  partnerChange,
  partnerInput,
  partnersQuery,
} from '@sentby/contract'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readBody, readQuery, retryOf } from '../middleware/request.ts'
import { listCodes, makeCode } from '../services/configuration/codes.ts'
import { changeGroup, listGroups, makeGroup } from '../services/configuration/groups.ts'
import { listLinks, makeLink, readLink } from '../services/configuration/links.ts'
import {
  changePartner,
  listPartners,
  makePartner,
  readPartner,
} from '../services/configuration/partners.ts'

const page = z.strictObject(pageQuery)

/** `/v1/groups`, `/v1/partners`, their codes, `/v1/links` (CONTRACT §4.3). */
export function partnerRoutes(deps: Deps): Hono {
  const app = new Hono()
  addGroups(app, deps)
  addPartners(app, deps)
  addCodes(app, deps)
  addLinks(app, deps)
  return app
}

function addGroups(app: Hono, deps: Deps): void {
  app.get('/v1/groups', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listGroups(deps, programId, readQuery(c, page)))
  })
  app.post('/v1/groups', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, groupInput)
    const { status, body } = await makeGroup(deps, programId, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.patch('/v1/groups/:group', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, groupChange)
    return c.json(await changeGroup(deps, programId, pathPart(c, 'group'), input))
  })
}

function addPartners(app: Hono, deps: Deps): void {
  app.get('/v1/partners', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listPartners(deps, programId, readQuery(c, partnersQuery)))
  })
  app.post('/v1/partners', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, partnerInput)
    const { status, body } = await makePartner(deps, programId, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.get('/v1/partners/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readPartner(deps, programId, pathPart(c, 'id')))
  })
  app.patch('/v1/partners/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, partnerChange)
    return c.json(await changePartner(deps, programId, pathPart(c, 'id'), input))
  })
}

function addCodes(app: Hono, deps: Deps): void {
  app.get('/v1/partners/:id/codes', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listCodes(deps, programId, pathPart(c, 'id'), readQuery(c, page)))
  })
  app.post('/v1/partners/:id/codes', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, codeInput)
    const retry = retryOf(c, input)
    const { status, body } = await makeCode(deps, programId, pathPart(c, 'id'), input, retry)
    return c.json(body, status)
  })
}

function addLinks(app: Hono, deps: Deps): void {
  app.get('/v1/links', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listLinks(deps, programId, readQuery(c, linksQuery)))
  })
  app.post('/v1/links', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, linkInput)
    const { status, body } = await makeLink(deps, programId, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.get('/v1/links/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readLink(deps, programId, pathPart(c, 'id')))
  })
}

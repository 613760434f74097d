import { installReport, keyQuery, LIMITS, lateClaim } from '@sentby/contract'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import type { Deps } from '../deps.ts'
import { bearerKey, findCaller } from '../middleware/auth.ts'
import { parseJson } from '../middleware/body.ts'
import { allowAnyOrigin, preflight } from '../middleware/cors.ts'
import { type FormFields, readForm } from '../middleware/form.ts'
import { withBody } from '../middleware/lease.ts'
import { clientNetwork } from '../middleware/network.ts'
import { mediaTypeOf } from '../middleware/node-request.ts'
import { parse, pathPart, readQuery } from '../middleware/request.ts'
import { takeClaimLines } from '../services/installs/claim-lines.ts'
import { claimInstall, type Reporter, reportInstall } from '../services/installs/report-installs.ts'
import { Refusal } from '../services/refusal.ts'

const REPORT_BYTES = 64 * 1024

/** The fields of a report as a form has them. */
export const REPORT_FORM: FormFields = {
  lists: ['claim'],
  flags: ['ephemeral'],
  texts: ['key', 'product', 'install', 'version', 'visitor', 'receipt', 'at', 'parent'],
}
const CLAIM_FORM: FormFields = { lists: [], flags: [], texts: ['key', 'code'] }

/** `POST /v1/installs`, `/v1/installs/{id}/claim`, `/v1/claims`: for any product and any language (CONTRACT §4.2). */
export function installRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.options('/v1/installs', (c) => preflight(c, 'POST'))
  app.post('/v1/installs', (c) =>
    withBody(deps, c, REPORT_BYTES, async (text) => {
      const report = readFields(c, text, REPORT_FORM, installReport)
      const reporter = await reporterOf(deps, c, text, report.key)
      return answer(c, await reportInstall(deps, reporter, report))
    }),
  )
  app.options('/v1/installs/:id/claim', (c) => preflight(c, 'POST'))
  app.post('/v1/installs/:id/claim', (c) =>
    withBody(deps, c, REPORT_BYTES, async (text) => {
      const { key, code } = readFields(c, text, CLAIM_FORM, lateClaim)
      const reporter = await reporterOf(deps, c, text, key)
      return answer(c, await claimInstall(deps, reporter, pathPart(c, 'id'), code))
    }),
  )
  app.options('/v1/claims', (c) => preflight(c, 'POST'))
  app.post('/v1/claims', (c) => {
    requireType(c, ['text/plain'])
    return withBody(deps, c, LIMITS.bodyBytes, async (text) => {
      const reporter = await reporterOf(deps, c, text, undefined)
      return answer(c, { results: await takeClaimLines(deps, reporter, text) })
    })
  })
  return app
}

function answer(c: Context, body: object): Response {
  allowAnyOrigin(c)
  c.header('cache-control', 'no-store')
  return c.json(body)
}

/** The sender by the key in the header, the body or the address, in this order. */
async function reporterOf(
  deps: Deps,
  c: Context,
  text: string,
  inBody: string | undefined,
): Promise<Reporter> {
  const given = bearerKey(c) ?? inBody
  const { key } = readQuery(c, keyQuery)
  const { program, keyId, kind } = await findCaller(deps, given ?? key)
  if (given === undefined && kind === 'secret') {
    // Addresses stand in the logs of proxies and in histories.
    throw new Refusal('wrong_key_kind', { detail: 'no secret key in an address: send a header' })
  }
  const network = clientNetwork(c, deps.config.trustProxy)
  return { program, keyId, kind, network, bytes: Buffer.byteLength(text) }
}

/** JSON or a form; without a content type what it looks like. */
function readFields<Schema extends z.ZodType>(
  c: Context,
  text: string,
  form: FormFields,
  schema: Schema,
): z.output<Schema> {
  const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded']
  const type = requireType(c, types)
  const isForm = type === undefined ? !text.trimStart().startsWith('{') : type === types[2]
  return parse(schema, isForm ? readForm(text, form) : parseJson(text))
}

function requireType(c: Context, allowed: readonly string[]): string | undefined {
  const type = mediaTypeOf(c)
  if (type === undefined || type === '' || allowed.includes(type)) return type || undefined
  throw new Refusal('unsupported_media_type', { detail: `send ${allowed.join(' or ')}` })
}

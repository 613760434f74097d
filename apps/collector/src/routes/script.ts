import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { answerProblem } from '../middleware/problems.ts'
import { pickCoding, readScripts, type Script } from '../services/browser-scripts.ts'

/** A fix reaches every page within the hour; the immutable name is for pages that pin one version. */
const FLOATING = 'public, max-age=3600, stale-while-revalidate=86400'
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** `GET /s.js`, `/s-domains.js`, `/s/{version}.{hash}.js`, `/s/integrity.json` (CONTRACT §4.2). */
export function scriptRoutes(deps: Deps): Hono {
  const app = new Hono()
  let reading: Promise<Script[]> | undefined
  const scripts = () => {
    reading ??= readScripts().catch((error: unknown) => {
      reading = undefined
      deps.log.warn({ error: error instanceof Error ? error.message : '' }, 'no browser script')
      return []
    })
    return reading
  }
  for (const name of ['s.js', 's-domains.js'] as const) {
    app.get(`/${name}`, async (c) => {
      const script = (await scripts()).find((known) => known.name === name)
      return script ? send(c, script, FLOATING) : answerProblem(deps, 'not_found')
    })
  }
  app.get('/s/integrity.json', async (c) => {
    c.header('access-control-allow-origin', '*')
    c.header('cache-control', FLOATING)
    return c.json(describe(await scripts(), deps.publicUrl()))
  })
  app.get('/s/:file', async (c) => {
    const file = c.req.param('file')
    const script = (await scripts()).find((known) => known.immutableName === file)
    return script ? send(c, script, IMMUTABLE) : answerProblem(deps, 'not_found')
  })
  return app
}

/** What a pinned tag needs; the default script's on top. */
function describe(scripts: readonly Script[], publicUrl: string) {
  const files = scripts.map(({ name, immutableName, integrity, bytes }) => {
    const url = `${publicUrl}/s/${immutableName}`
    return [name, { url, integrity, bytes: bytes.identity.length, brotliBytes: bytes.br.length }]
  })
  const [script] = scripts
  return {
    version: script?.version,
    url: script && `${publicUrl}/s/${script.immutableName}`,
    integrity: script?.integrity,
    files: Object.fromEntries(files),
  }
}

function send(c: Context, script: Script, cacheControl: string): Response {
  const etag = `W/"${script.immutableName}"`
  const headers: Record<string, string> = {
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': cacheControl,
    vary: 'accept-encoding',
    etag,
  }
  if (isKnown(c.req.header('if-none-match'), etag))
    return new Response(null, { status: 304, headers })
  const coding = pickCoding(c.req.header('accept-encoding'))
  if (coding !== 'identity') headers['content-encoding'] = coding
  const body = script.bytes[coding]
  headers['content-type'] = 'text/javascript; charset=utf-8'
  headers['content-length'] = String(body.length)
  return new Response(new Uint8Array(body), { headers })
}

/** `If-None-Match` compares weakly (RFC 9110 §13.1.2). */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  const bare = etag.replace(/^W\//, '')
  return header.split(',').some((known) => known.trim().replace(/^W\//, '') === bare)
}

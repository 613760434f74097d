import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { answerProblem } from '../middleware/problems.ts'
import { buildDocument } from '../openapi/document.ts'

/** Files of swagger-ui-dist that the page loads; nothing comes from elsewhere. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sentby API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<body>
<div id="ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui', deepLinking: true, validatorUrl: null })\n`

/** Nothing inline, no other host, no frame; Swagger UI draws its icons as data. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** `GET /openapi.json` and `GET /docs` (CONTRACT §4). */
export function docsRoutes(deps: Deps): Hono {
  const app = new Hono()
  let document: string | undefined
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(buildDocument())
    return c.body(document, 200, {
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
    })
  })
  app.get('/docs', (c) =>
    c.html(PAGE, 200, {
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    }),
  )
  app.get('/docs/:file', async (c) => {
    const file = c.req.param('file')
    const headers = {
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=86400',
    }
    if (file === 'start.js')
      return c.body(START, 200, { ...headers, 'content-type': 'text/javascript' })
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined
    if (type === undefined) return answerProblem(deps, 'not_found')
    const path = createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`)
    return c.body(new Uint8Array(await readFile(path)), 200, { ...headers, 'content-type': type })
  })
  return app
}

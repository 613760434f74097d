/** Downloads that need no key (CONTRACT §4.2): the page, stamped and plain bytes, the shell installer. */
import { readToken } from '@sentby/stamp'
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { answerFile } from '../middleware/answer-file.ts'
import { readText } from '../middleware/body.ts'
import { clientNetwork } from '../middleware/network.ts'
import { headerOf, mediaTypeOf } from '../middleware/node-request.ts'
import { hostOf, programOf } from '../middleware/program.ts'
import { renderDownloadPage, renderNoDownload } from '../pages/download-page.tsx'
import { PAGE_POLICY } from '../pages/page.tsx'
import { freshProgram } from '../services/configuration/change.ts'
import { ArtifactFiles } from '../services/downloads/artifact-files.ts'
import { cacheFolderOf } from '../services/downloads/cache-folder.ts'
import { answerForm, type PageVisitor, showPage } from '../services/downloads/download-page.ts'
import { currentFile, currentFiles } from '../services/downloads/product-files.ts'
import { plainFile, type ResolvedFile, resolveFile } from '../services/downloads/resolve-file.ts'
import { renderInstaller } from '../services/downloads/shell-installer.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { Refusal } from '../services/refusal.ts'

const FORM_BYTES = 8 * 1024
/** The address holds a token that names the file, so it never means other bytes. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** A doubt may be over in a minute: a key comes back, a file is published. */
const SHORT = 'public, max-age=60'
const CANONICAL = 'public, max-age=300'
const RETRY_SECONDS = 600

/** @param files replaced by tests that need a cache of their own. */
export function downloadRoutes(deps: Deps, files = openFiles(deps)): Hono {
  const app = new Hono()
  const at = (path: string, handle: (c: Context, program: ProgramConfig) => Promise<Response>) => {
    const handler = async (c: Context) => {
      const program = programOf(deps, c)
      return program ? handle(c, program) : nothing()
    }
    app.get(path, handler)
    app.get(`/p/:program${path}`, handler)
  }
  at('/d/:product', (c, program) => page(deps, c, program))
  at('/dl/:token/:file', (c, program) => stamped(deps, c, program, files))
  at('/f/:product/SHA256SUMS', (c, program) => sums(deps, c, program))
  at('/f/:product/:file', (c, program) => plain(deps, c, program, files))
  at('/i/:script', (c, program) => installer(deps, c, program, files))
  const form = async (c: Context) => {
    const program = programOf(deps, c)
    return program ? submit(deps, c, program) : nothing()
  }
  app.post('/d/:product', form)
  app.post('/p/:program/d/:product', form)
  return app
}

function openFiles({ store, config, log }: Deps): ArtifactFiles {
  const onUnwritable = () =>
    log.warn('no copies of artifacts on this disk: served from the database')
  return new ArtifactFiles({ store, folder: cacheFolderOf(config.databaseUrl), onUnwritable })
}

async function page(deps: Deps, c: Context, program: ProgramConfig): Promise<Response> {
  const via = c.req.query('via') ?? ''
  const shown = await showPage(deps, program, param(c, 'product'), via, visitor(deps, c))
  return shown ? html(renderDownloadPage(shown), 200) : nothing()
}

async function submit(deps: Deps, c: Context, program: ProgramConfig): Promise<Response> {
  const form = await readForm(c)
  const product = param(c, 'product')
  const answer = await answerForm(deps, program, product, form, visitor(deps, c))
  if (!answer) return nothing()
  if ('leave' in answer) {
    const headers = { location: `${prefixOf(deps, c)}${answer.leave}`, 'cache-control': 'no-store' }
    return new Response(null, { status: 303, headers })
  }
  const response = html(
    renderDownloadPage(answer.page),
    answer.page.problem === 'deferred' ? 429 : 422,
  )
  if (answer.page.problem === 'deferred') {
    response.headers.set('retry-after', String(RETRY_SECONDS))
  }
  return response
}

async function readForm(c: Context) {
  if (mediaTypeOf(c) !== 'application/x-www-form-urlencoded') {
    throw new Refusal('unsupported_media_type', { detail: 'send a form, URL-encoded' })
  }
  const form = new URLSearchParams(await readText(c, FORM_BYTES))
  return {
    code: form.get('code') ?? '',
    via: form.get('via') ?? '',
    file: form.get('file') ?? undefined,
  }
}

async function stamped(
  deps: Deps,
  c: Context,
  program: ProgramConfig,
  files: ArtifactFiles,
): Promise<Response> {
  const token = param(c, 'token')
  const name = param(c, 'file')
  let file = resolveFile(deps, program, token, name)
  // Published a moment ago on another collector: the only look in the database.
  if (!file || (file.stamp && 'reason' in file.stamp && file.stamp.reason === 'unknown_artifact')) {
    file = resolveFile(deps, await freshProgram(deps, program.row.id), token, name)
  }
  // A token that names no file stamps the current one: other bytes once another is published.
  const names = readToken(token)?.artifact != null
  return file ? send(deps, c, files, file, names ? FOR_EVER : CANONICAL) : nothing()
}

async function plain(
  deps: Deps,
  c: Context,
  program: ProgramConfig,
  files: ArtifactFiles,
): Promise<Response> {
  const product = param(c, 'product')
  const name = param(c, 'file')
  const artifact =
    currentFile(program, product, name) ??
    currentFile(await freshProgram(deps, program.row.id), product, name)
  return artifact ? send(deps, c, files, plainFile(artifact), CANONICAL) : nothing()
}

/** In the form that `sha256sum -c` reads. */
async function sums(deps: Deps, c: Context, asked: ProgramConfig): Promise<Response> {
  const product = param(c, 'product')
  const program = asked.products.has(product) ? asked : await freshProgram(deps, asked.row.id)
  if (!program.products.has(product)) return nothing()
  const rows = currentFiles(program, product)
  const text = rows.map((row) => `${row.sha256}  ${row.file}\n`).join('')
  return c.body(text, 200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': SHORT,
    'x-content-type-options': 'nosniff',
  })
}

async function installer(
  deps: Deps,
  c: Context,
  program: ProgramConfig,
  files: ArtifactFiles,
): Promise<Response> {
  const [, product] = /^(.+)\.sh$/.exec(param(c, 'script')) ?? []
  if (product === undefined) return nothing()
  const text = c.req.query('code') ?? ''
  const keeps = c.req.method === 'GET'
  const file = await renderInstaller(deps, program, product, text, visitor(deps, c), keeps)
  if (!file) return nothing()
  countDownload(deps, c, file)
  return answerFile(c, files, file, { cacheControl: 'no-store', hasRanges: false })
}

function send(
  deps: Deps,
  c: Context,
  files: ArtifactFiles,
  file: ResolvedFile,
  cacheControl: string,
): Promise<Response> {
  countDownload(deps, c, file)
  const isDoubt = file.stamp !== null && 'reason' in file.stamp
  return answerFile(c, files, file, { cacheControl: isDoubt ? SHORT : cacheControl })
}

function countDownload(deps: Deps, c: Context, { stamp }: ResolvedFile): void {
  if (c.req.method !== 'GET') return
  if (stamp === null) deps.metrics.downloads.inc({ outcome: 'plain', reason: '' })
  else if ('code' in stamp) deps.metrics.downloads.inc({ outcome: 'stamped', reason: '' })
  else deps.metrics.downloads.inc({ outcome: 'plain', reason: stamp.reason })
}

function visitor(deps: Deps, c: Context): PageVisitor {
  return {
    network: clientNetwork(c, deps.config.trustProxy),
    header: (name) => headerOf(c, name),
  }
}

/** A part of the path; what cannot be decoded stays as it is and names nothing. */
function param(c: Context, name: string): string {
  return c.req.param(name) ?? ''
}

/** Redirects stay where they were asked: under the program's prefix, and under that of PUBLIC_URL (RULES S5). */
function prefixOf(deps: Deps, c: Context): string {
  const { host, pathname } = new URL(deps.publicUrl())
  const slug = c.req.param('program')
  const base = hostOf(c) === host ? pathname.replace(/\/$/, '') : ''
  return slug === undefined ? base : `${base}/p/${slug}`
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  })
}

function nothing(): Response {
  return html(renderNoDownload(), 404)
}

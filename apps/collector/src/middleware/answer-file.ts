/** Answers with the bytes of a published file: conditions, ranges, digest, and what a stranger's bytes may do. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { rangeOf } from '@sentby/stamp'
import type { Context } from 'hono'
import type { ArtifactFiles } from '../services/downloads/artifact-files.ts'
import { digestOf } from '../services/downloads/digest.ts'
import { fileStream, sendFile } from '../services/downloads/file-stream.ts'
import { type Negotiated, negotiate, type Sent } from '../services/downloads/negotiate.ts'
import type { OpenArtifact } from '../services/downloads/open-artifact.ts'
import type { ResolvedFile } from '../services/downloads/resolve-file.ts'
import { headerOf, nodeResponse } from './node-request.ts'

const TYPES: Readonly<Record<string, string>> = {
  zip: 'application/zip',
  wheel: 'application/zip',
  'tar.gz': 'application/gzip',
  deb: 'application/vnd.debian.binary-package',
  shell: 'text/x-shellscript; charset=utf-8',
  makeself: 'application/octet-stream',
}

/** What an answer says beside the bytes. */
export interface FileAnswer {
  cacheControl: string
  /** `false` where every request makes bytes of its own. */
  hasRanges?: boolean
}

/** Answers with a file, or the part of it that was asked for. */
export async function answerFile(
  c: Context,
  files: ArtifactFiles,
  file: ResolvedFile,
  { cacheControl, hasRanges = true }: FileAnswer,
): Promise<Response> {
  const { artifact, composition, etag } = file
  const header = (name: string) => headerOf(c, name)
  const decided: Negotiated = hasRanges
    ? negotiate({ method: c.req.method, header }, etag, composition.size)
    : { status: 200 }
  const headers: Record<string, string> = {
    etag,
    'cache-control': cacheControl,
    'accept-ranges': hasRanges ? 'bytes' : 'none',
    ...stampHeader(file),
  }
  if (decided.status === 304 || decided.status === 412) return bodiless(decided.status, headers)
  // Foreign bytes on a host that has pages: never shown, never run, never part of another page (RULES S5).
  headers['x-content-type-options'] = 'nosniff'
  headers['content-security-policy'] = "default-src 'none'; sandbox"
  headers['cross-origin-resource-policy'] = 'same-origin'
  if (decided.status === 416) {
    return bodiless(416, { ...headers, 'content-range': `bytes */${composition.size}` })
  }
  headers['content-type'] = TYPES[artifact.format] ?? 'application/octet-stream'
  headers['content-disposition'] = `attachment; filename="${artifact.file}"`
  const open = await files.open(artifact)
  const digest = await closingOnError(open, () => digestOf(file, open))
  if (digest !== undefined) headers['repr-digest'] = `sha-256=:${digest}:`
  return answerBytes(c, file, decided, headers, open)
}

async function answerBytes(
  c: Context,
  { composition }: ResolvedFile,
  decided: Sent,
  headers: Record<string, string>,
  open: OpenArtifact,
): Promise<Response> {
  const { size } = composition
  const { start, end } = decided.status === 206 ? decided : { start: 0, end: size }
  headers['content-length'] = String(end - start)
  if (decided.status === 206) headers['content-range'] = `bytes ${start}-${end - 1}/${size}`
  if (c.req.method === 'HEAD') {
    await open.close()
    return new Response(null, { status: decided.status, headers })
  }
  const part = rangeOf(composition, start, end)
  const response = nodeResponse(c)
  if (!response) {
    return new Response(fileStream(part, open), { status: decided.status, headers })
  }
  response.writeHead(decided.status, headers)
  void sendFile(response, part, open)
  return RESPONSE_ALREADY_SENT
}

function bodiless(status: number, headers: Record<string, string>): Response {
  return new Response(null, { status, headers })
}

function stampHeader({ stamp }: ResolvedFile): Record<string, string> {
  if (stamp === null) return {}
  const value = 'code' in stamp ? `code=${stamp.code}` : `none; reason=${stamp.reason}`
  return { 'x-sentby-stamp': value }
}

async function closingOnError<T>(open: OpenArtifact, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await open.close()
    throw error
  }
}

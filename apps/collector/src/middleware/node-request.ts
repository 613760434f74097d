/** Node's own request under Hono's: its headers and bytes cost a fraction of the web's. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'

/** The part of @hono/node-server's environment that is read here; tests without a server have none. */
interface NodeEnv {
  incoming?: IncomingMessage
  outgoing?: ServerResponse
}

/** Node's request, or `undefined` where none is under it. */
export function nodeRequest(c: Context): IncomingMessage | undefined {
  return (c.env as NodeEnv | undefined)?.incoming
}

/** Node's response, or `undefined` where none is under the request. */
export function nodeResponse(c: Context): ServerResponse | undefined {
  return (c.env as NodeEnv | undefined)?.outgoing
}

/** A header by its lower-case name; several of one name are joined as HTTP says. */
export function headerOf(c: Context, name: string): string | undefined {
  const headers = nodeRequest(c)?.headers
  if (!headers) return c.req.header(name)
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The media type of the body without its parameters, in lower case; `undefined` where none is told. */
export function mediaTypeOf(c: Context): string | undefined {
  return headerOf(c, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}
